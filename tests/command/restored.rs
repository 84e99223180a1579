//! `countersign audit verify` and `audit reopen`, after a backup was restored.

use std::{fs, path::PathBuf};

use countersign_client::Admin;
use countersign_protocol::wire::admin::{CreateTenant, TenantSettings};
use countersign_testkit::{loopback, servers::PrivateRedis};

use crate::{
    audit::checkpoint_of,
    bootstrapped,
    installation::{Installation, Serving},
};

/// A database in a folder of the installation, and what SQLite keeps beside it: not all that was committed need stand in
/// the first file, also when nobody has it open.
fn database(installation: &Installation, folder: &str) -> [PathBuf; 3] {
    ["", "-wal", "-shm"]
        .map(|end| installation.folder().join(format!("{folder}/countersign.sqlite{end}")))
}

/// Puts a database in the place of another one.
fn replace(from: &[PathBuf; 3], to: &[PathBuf; 3]) {
    for (from, to) in from.iter().zip(to) {
        let _ = fs::remove_file(to);
        // The index of the log of changes is made anew.
        if from.exists() && !from.ends_with("countersign.sqlite-shm") {
            fs::copy(from, to).unwrap();
        }
    }
}

async fn tenant(serving: &Serving, token: &str, name: &str) {
    let admin = Admin::new(loopback(&serving.url).unwrap(), token);
    let settings = TenantSettings::default();
    admin.create_tenant(&CreateTenant { name: name.into(), settings }).await.unwrap();
}

/// An installation whose database is an older one than its newest checkpoint, which stands in `kept`; and its msp.
async fn restored() -> (Installation, String) {
    let installation = Installation::new();
    let serving = Serving::start(&installation);
    let token = bootstrapped(&installation).await;
    tenant(&serving, &token, "Bakery Lane").await;
    let before = checkpoint_of(&installation, &token, 1).await;
    assert!(serving.terminated().await.success());
    let [there, backup] = ["data", "backup"].map(|folder| database(&installation, folder));
    fs::create_dir(installation.folder().join("backup")).unwrap();
    replace(&there, &backup);

    let serving = Serving::start(&installation);
    tenant(&serving, &token, "Mill Lane").await;
    let size: u64 = before.lines().nth(1).unwrap().parse().unwrap();
    let newest = checkpoint_of(&installation, &token, size + 1).await;
    assert!(serving.terminated().await.success());
    fs::write(installation.folder().join("kept"), newest).unwrap();
    let sound = installation.run(&["audit", "verify", "--checkpoint", "kept"]).await;
    assert_eq!(sound.code, Some(0), "{}{}", sound.stdout, sound.stderr);

    replace(&backup, &there);
    // The last part of the log's name is the msp.
    let msp = before.lines().next().and_then(|name| name.split('/').next_back()).unwrap();
    (installation, msp.to_owned())
}

#[tokio::test]
async fn a_restored_backup_is_found_out_by_a_checkpoint_and_told_apart_once_reopened() {
    let (installation, msp) = restored().await;
    let verify = ["audit", "verify", "--checkpoint", "kept"];
    let rolled_back = installation.run(&verify).await;
    assert_eq!(rolled_back.code, Some(17), "{}{}", rolled_back.stdout, rolled_back.stderr);
    let alone = installation.run(&["audit", "verify"]).await;
    assert_eq!(alone.code, Some(0), "nothing in it says so: {}", alone.stdout);

    let reopen = ["audit", "reopen", "--msp", &msp];
    let unsaid = installation.run(&reopen).await;
    assert!(!unsaid.success);
    assert!(unsaid.stderr.contains("say why there is none"), "{}", unsaid.stderr);
    let reopened = installation.run(&[&reopen[..], &["--checkpoint", "kept"]].concat()).await;
    assert!(reopened.success, "{}", reopened.stderr);
    assert!(reopened.stdout.contains("as its origin 2"), "{}", reopened.stdout);

    let acknowledged = installation.run(&verify).await;
    assert_eq!(acknowledged.code, Some(3), "{}{}", acknowledged.stdout, acknowledged.stderr);
}

#[tokio::test]
async fn a_log_is_not_reopened_while_something_waits_on_the_streams() {
    let Some(redis) = PrivateRedis::start_or_skip() else { return };
    let (mut installation, msp) = restored().await;
    installation.set("COUNTERSIGN__REDIS__URL", redis.url().as_str());
    let mut streams = redis::Client::open(redis.url().as_str()).unwrap().get_connection().unwrap();
    let left = |streams: &mut redis::Connection| {
        redis::cmd("XLEN").arg("countersign:audit:{1}").query::<usize>(streams).unwrap()
    };
    let of_the_lost_time = ["XADD", "countersign:audit:{1}", "*", "body", "{}"];
    let mut add = redis::Cmd::new();
    add.arg(&of_the_lost_time).exec(&mut streams).unwrap();

    let reopen = ["audit", "reopen", "--msp", &msp, "--checkpoint", "kept"];
    let refused = installation.run(&reopen).await;
    assert!(!refused.success);
    assert!(refused.stderr.contains("1 entries wait"), "{}", refused.stderr);
    assert_eq!(left(&mut streams), 1, "nothing was changed");

    let emptied = installation.run(&[&reopen[..], &["--empty-streams"]].concat()).await;
    assert!(emptied.success, "{}", emptied.stderr);
    assert!(emptied.stdout.contains("1 entries were taken off"), "{}", emptied.stdout);
    assert_eq!(left(&mut streams), 0);

    drop(redis);
    let unknown = installation.run(&reopen).await;
    assert!(!unknown.success, "what waits is not known");
    assert!(unknown.stderr.contains("Redis has to answer"), "{}", unknown.stderr);
}
