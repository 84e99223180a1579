//! The program as an operator runs it: a folder, its commands, and nothing set but a free port.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::large_futures,
    reason = "a test that can't be set up must say where"
)]

mod audit;
mod installation;
mod master_key;
mod pushes;
mod restored;

use countersign_client::Admin;
use countersign_protocol::wire::admin::{CreateTechnician, CreateTenant, TenantSettings};
use countersign_testkit::{SoftPhone, loopback};
use qrcode::{QrCode, render::unicode::Dense1x2};

use installation::{Installation, Serving, mode, word_after};

/// Makes an msp and its first admin, by the command line.
async fn bootstrapped(installation: &Installation) -> String {
    let said = installation.run(&["bootstrap", "--msp", "Acme IT"]).await;
    assert!(said.success, "{}", said.stderr);
    word_after("token", &said.stdout)
}

#[tokio::test]
async fn serving_makes_a_folder_that_only_its_owner_can_read() {
    let installation = Installation::new();
    let _serving = Serving::start(&installation);
    let data = installation.folder().join("data");
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("master.key")), 0o600);
    let database = std::fs::read(data.join("countersign.sqlite")).unwrap();
    assert!(database.starts_with(b"SQLite format 3\0"));
}

#[tokio::test]
async fn the_first_screen_says_how_to_go_on() {
    let installation = Installation::new();
    let serving = Serving::start(&installation);
    for hint in [
        "is ready",
        serving.url.as_str(),
        "data/countersign.sqlite",
        "countersign bootstrap --msp",
        "countersign ticket --token",
    ] {
        assert!(serving.first_screen.contains(hint), "{hint}: {}", serving.first_screen);
    }
}

#[tokio::test]
async fn a_service_that_said_it_is_ready_is_ready() {
    let installation = Installation::new();
    let serving = Serving::start(&installation);
    for path in ["/healthz", "/readyz"] {
        let answer = serving.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn bootstrap_prints_a_token_that_works_at_the_running_service() {
    let installation = Installation::new();
    let serving = Serving::start(&installation);
    let token = bootstrapped(&installation).await;
    let admin = Admin::new(loopback(&serving.url).unwrap(), &token);
    let settings = TenantSettings::default();
    let made = admin.create_tenant(&CreateTenant { name: "Bakery Lane".into(), settings }).await;
    assert_eq!(made.unwrap().name, "Bakery Lane");
    let forged = Admin::new(loopback(&serving.url).unwrap(), format!("{token}x"));
    let settings = TenantSettings::default();
    forged.create_tenant(&CreateTenant { name: "Harbour".into(), settings }).await.unwrap_err();
}

#[tokio::test]
async fn ticket_draws_the_link_that_enrols_a_phone() {
    let installation = Installation::new();
    let serving = Serving::start(&installation);
    let token = bootstrapped(&installation).await;
    let admin = Admin::new(loopback(&serving.url).unwrap(), &token);
    let nik = CreateTechnician { email: "nik@example.com".into(), user_name: "nik".into() };
    let nik = admin.create_technician(&nik).await.unwrap();
    let asked = ["ticket", "--token", &token, "--technician", "nik@example.com"];
    let said = installation.run(&asked).await;
    assert!(said.success, "{}", said.stderr);
    let ticket = word_after("ticket", &said.stdout);
    let link = format!("{}/enrol#{ticket}", serving.url);
    let drawn = QrCode::new(&link).unwrap().render::<Dense1x2>().build();
    assert!(said.stdout.contains(&drawn), "{link} is not what was drawn:\n{}", said.stdout);
    assert!(said.stdout.contains("nik@example.com"), "{}", said.stdout);
    let phone = SoftPhone::enrol(&serving.url, &ticket, "Nik's phone").await.unwrap();
    assert_eq!(phone.phone.ownership().technician_id, nik.id);
}

#[tokio::test]
async fn a_ticket_for_nobody_is_refused() {
    let installation = Installation::new();
    let token = bootstrapped(&installation).await;
    let asked = ["ticket", "--token", &token, "--technician", "nobody@example.com"];
    let said = installation.run(&asked).await;
    assert!(!said.success);
    assert_eq!(said.stdout, "", "nothing is drawn");
}

#[tokio::test]
async fn a_master_key_is_its_owners_alone_and_never_overwritten() {
    let installation = Installation::new();
    let said = installation.run(&["keys", "master", "ring.key"]).await;
    assert!(said.success, "{}", said.stderr);
    let file = installation.folder().join("ring.key");
    assert_eq!(mode(&file), 0o600);
    let made = std::fs::read(&file).unwrap();
    assert!(!made.is_empty());
    let again = installation.run(&["keys", "master", "ring.key"]).await;
    assert!(!again.success, "{}", again.stdout);
    assert!(again.stderr.contains("ring.key"), "{}", again.stderr);
    assert_eq!(std::fs::read(&file).unwrap(), made, "the secrets it seals would be lost");
}

#[tokio::test]
async fn openapi_prints_the_contract_that_stands_in_the_repository() {
    let said = Installation::new().run(&["openapi"]).await;
    assert!(said.success, "{}", said.stderr);
    // Not assert_eq: nobody wants to read a whole contract twice.
    assert!(said.stdout == include_str!("../../mobile-api.yaml"), "see tests/contract.rs");
}

#[tokio::test]
async fn an_unsafe_setting_is_named_and_nothing_is_served_or_made() {
    let installation = Installation::new();
    let public = ("COUNTERSIGN__SERVER__PUBLIC_URL", "http://login.example.com");
    let listen = ("COUNTERSIGN__SERVER__LISTEN", "127.0.0.1:0");
    let said = installation.run_with(&["serve"], &[public, listen]).await;
    assert!(!said.success);
    assert!(said.stderr.contains("server.public_url"), "{}", said.stderr);
    assert_eq!(said.stdout, "", "no first screen");
    assert!(!installation.folder().join("data").exists());
}

#[tokio::test]
async fn a_setting_that_is_not_there_is_named() {
    let installation = Installation::new();
    let misspelt = ("COUNTERSIGN__LOGIN__LIFTIME_S", "60");
    let said = installation.run_with(&["serve"], &[misspelt]).await;
    assert!(!said.success);
    assert!(said.stderr.contains("liftime_s"), "{}", said.stderr);
}

#[tokio::test]
async fn sigterm_ends_the_service_in_order() {
    let installation = Installation::new();
    let serving = Serving::start(&installation);
    let status = serving.terminated().await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn a_service_that_starts_again_finds_what_it_had() {
    let installation = Installation::new();
    let token = {
        let serving = Serving::start(&installation);
        let token = bootstrapped(&installation).await;
        assert!(serving.terminated().await.success());
        token
    };
    let serving = Serving::start(&installation);
    let admin = Admin::new(loopback(&serving.url).unwrap(), &token);
    let settings = TenantSettings::default();
    admin.create_tenant(&CreateTenant { name: "Bakery Lane".into(), settings }).await.unwrap();
}
