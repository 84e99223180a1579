//! Rotating the master key, step by step, as the commands say.

use countersign_client::Admin;
use countersign_protocol::wire::{
    accounts::AccountMode,
    admin::{CreateTenant, TenantSettings},
};
use countersign_testkit::loopback;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_types};

use crate::{
    bootstrapped,
    installation::{Installation, Said, Serving, mode},
};

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = sql_types::Binary)]
    sealed: Vec<u8>,
}

/// Makes a tenant with a secret of its own; the key that this is sealed under.
async fn key_of_a_new_secret(installation: &Installation, admin: &Admin, name: &str) -> u8 {
    let settings = TenantSettings { accounts: AccountMode::Shared, ..TenantSettings::default() };
    admin.create_tenant(&CreateTenant { name: name.into(), settings }).await.unwrap();
    let file = installation.folder().join("data/countersign.sqlite");
    let mut connection = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
    let newest = "SELECT sealed FROM offline_secrets ORDER BY id DESC LIMIT 1";
    let newest: Value = diesel::sql_query(newest).get_result(&mut connection).unwrap();
    newest.sealed[1]
}

async fn master(installation: &Installation, step: &[&str]) -> Said {
    installation.run(&[&["keys", "master"], step].concat()).await
}

#[tokio::test]
async fn a_rotation_by_the_commands_goes_on_beside_the_service() {
    let installation = Installation::new();
    let serving = Serving::start(&installation);
    let token = bootstrapped(&installation).await;
    let admin = Admin::new(loopback(&serving.url).unwrap(), &token);
    assert_eq!(key_of_a_new_secret(&installation, &admin, "Mill Lane").await, 1);

    let said = master(&installation, &["--add"]).await;
    assert!(said.success && said.stdout.contains("--promote 2"), "{} {}", said.stdout, said.stderr);
    assert_eq!(mode(&installation.folder().join("data/master.key")), 0o600);
    serving.signal("HUP").await;
    let said = master(&installation, &["--promote", "2"]).await;
    assert!(said.success && said.stdout.contains("keys reseal"), "{} {}", said.stdout, said.stderr);
    // A signal is taken when it is taken; the next secrets show it.
    let mut made = 0;
    loop {
        serving.signal("HUP").await;
        made += 1;
        if key_of_a_new_secret(&installation, &admin, &format!("Lane {made}")).await == 2 {
            break;
        }
        assert!(made < 500, "SIGHUP reads the master key again");
    }
    let refused = master(&installation, &["--remove", "1"]).await;
    assert!(!refused.success && refused.stderr.contains("signing_keys 3"), "{}", refused.stderr);

    let said = installation.run(&["keys", "reseal"]).await;
    assert!(said.success, "{}", said.stderr);
    for line in ["key 2: signing_keys 3", "key 1: nothing; countersign keys master --remove 1"] {
        assert!(said.stdout.contains(line), "{}", said.stdout);
    }
    let current = master(&installation, &["--remove", "2"]).await;
    assert!(!current.success && current.stderr.contains("2"), "{}", current.stderr);
    let said = master(&installation, &["--remove", "1"]).await;
    assert!(said.success, "{}", said.stderr);
    assert!(serving.terminated().await.success());
    let serving = Serving::start(&installation);
    assert_eq!(serving.get("/.well-known/countersign-keys").await.status(), 200);
    let admin = Admin::new(loopback(&serving.url).unwrap(), &token);
    assert_eq!(key_of_a_new_secret(&installation, &admin, "New Lane").await, 2);
}

#[tokio::test]
async fn two_steps_of_a_rotation_are_not_taken_at_once() {
    let installation = Installation::new();
    assert!(master(&installation, &["ring.key"]).await.success);
    let both = master(&installation, &["ring.key", "--add", "--promote", "1"]).await;
    assert!(!both.success);
    assert!(master(&installation, &["ring.key", "--add"]).await.success);
    let unknown = master(&installation, &["ring.key", "--promote", "9"]).await;
    assert!(!unknown.success && unknown.stderr.contains("ring.key"), "{}", unknown.stderr);
}
