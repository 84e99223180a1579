//! The program itself, killed at random moments under load: what it answered is on record, once.

#[path = "../../command/installation.rs"]
#[allow(dead_code, reason = "the command line's tests ask for more")]
mod installation;

use std::time::Duration;

use countersign::ambient::{Random, SystemRandom};
use countersign_client::Admin;
use countersign_protocol::{
    MspId,
    wire::admin::{CreateEnrolmentToken, CreateTechnician, CreateTenant, TenantSettings},
};
use countersign_testkit::{SoftPhone, SoftWorkstation, loopback};

use self::installation::{Installation, Serving, free_port, word_after};
use super::{Log, traffic::Traffic};
use crate::house::{Place, soon};

/// Long enough for a few commits and for all that follows them.
const MOMENTS_MS: u64 = 150;

/// A folder whose program works at this place.
fn installed(place: &Place) -> Installation {
    let mut installation = Installation::new();
    let settings = place.settings();
    let mut set =
        |key: &str, value: String| installation.set(&format!("COUNTERSIGN__{key}"), value);
    set("DATA__FOLDER", settings.data.folder.display().to_string());
    set("LOGIN__PER_NAME_PER_MINUTE", "60".into());
    set("LOGIN__PER_WORKSTATION_PER_MINUTE", "600".into());
    set("AUDIT__CHECKPOINT_S", "1".into());
    set("LOG__FILTER", "error".into());
    if let Place::Large { database, redis, .. } = place {
        set("STORE__URL", database.url_as("countersign_story").to_string());
        set("REDIS__URL", redis.to_string());
        set("REDIS__PREFIX", database.name().to_owned());
        set("KEYS__MASTER_KEY_FILE", settings.keys.master_key_file.unwrap().display().to_string());
    }
    installation
}

/// A phone and a workstation of a new msp at work.
async fn at_work(installation: &Installation, url: &str) -> (MspId, Traffic) {
    let said = installation.run(&["bootstrap", "--msp", "Acme IT"]).await;
    assert!(said.success, "{}", said.stderr);
    let admin = Admin::new(loopback(url).unwrap(), word_after("token", &said.stdout));
    let settings = TenantSettings::default();
    let tenant = CreateTenant { name: "Bakery Lane".into(), settings };
    let tenant = admin.create_tenant(&tenant).await.unwrap();
    let nik = CreateTechnician { email: "nik@example.com".into(), user_name: "nik".into() };
    let nik = admin.create_technician(&nik).await.unwrap();
    admin.delegate(tenant.id, nik.id).await.unwrap();
    let ticket = admin.create_ticket(nik.id).await.unwrap().ticket;
    let phone = SoftPhone::enrol(url, &ticket, "Nik's phone").await.unwrap();
    let token = CreateEnrolmentToken {
        uses: 1,
        expires_in: 3600,
        auto_confirm: true,
        workstation_id: None,
    };
    let token = admin.create_enrolment_token(tenant.id, &token).await.unwrap().token.unwrap();
    let workstation = SoftWorkstation::enrol(url, &token, "W11-RECEPTION").await.unwrap();
    let msp = word_after("msp", &said.stdout).parse::<uuid::Uuid>().unwrap();
    (msp.into(), Traffic::of(phone, workstation))
}

async fn nothing_is_lost_over(rounds: usize, place: Place) {
    let (installation, port) = (installed(&place), free_port());
    let random: &dyn Random = &SystemRandom::new();
    let mut serving = Serving::on(&installation, port).unwrap();
    let (msp, traffic) = at_work(&installation, &serving.url).await;
    let mut checkpoints = Vec::new();
    for _ in 0..rounds {
        traffic.goes_on(2).await;
        let moment = u64::from_be_bytes(random.bytes()) % MOMENTS_MS;
        tokio::time::sleep(Duration::from_millis(moment)).await;
        serving.killed().await;
        let log = Log::read(&place, msp).await;
        checkpoints.extend(log.notes.last().map(|note| log.opened(note)));
        serving = Serving::on(&installation, port).unwrap();
    }
    let answers = traffic.stop().await;
    let written = async {
        loop {
            let log = Log::read(&place, msp).await;
            if log.waiting.is_empty() {
                return log;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let log = soon(written).await;
    answers.stand_in(&log);
    for earlier in checkpoints {
        assert_eq!(log.root(earlier.size), earlier.root, "of the first {}", earlier.size);
    }
    drop(serving);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_kills_of_the_program_lose_nothing_embedded() {
    nothing_is_lost_over(10, Place::embedded()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_kills_of_the_program_lose_nothing_large() {
    let Some(place) = Place::shared().await else { return };
    nothing_is_lost_over(10, place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: tests/run --long"]
async fn two_hundred_kills_of_the_program_lose_nothing() {
    nothing_is_lost_over(100, Place::embedded()).await;
    let Some(place) = Place::shared().await else { return };
    nothing_is_lost_over(100, place).await;
}
