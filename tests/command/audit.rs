//! `countersign audit`, over HTTP.

use countersign_client::Admin;
use countersign_protocol::{
    audit::LogKey,
    wire::admin::{AdminRole, CreateAdminToken, CreateTenant, TenantSettings},
};
use countersign_testkit::loopback;
use serde_json::Value;

use crate::{
    bootstrapped,
    installation::{Installation, Serving},
};

/// An installation with three tenants, and an auditor's token.
async fn audited(installation: &Installation, serving: &Serving) -> String {
    let token = bootstrapped(installation).await;
    let admin = Admin::new(loopback(&serving.url).unwrap(), &token);
    for name in ["Bakery Lane", "Mill Lane", "=Formula Lane"] {
        let settings = TenantSettings::default();
        admin.create_tenant(&CreateTenant { name: name.into(), settings }).await.unwrap();
    }
    let asked = CreateAdminToken { name: "outside audit".into(), role: AdminRole::Auditor };
    admin.create_token(&asked).await.unwrap().token.unwrap()
}

/// The log's checkpoint, once there is one of at least `size` entries: a log is signed some seconds after it has
/// grown.
pub async fn checkpoint_of(installation: &Installation, token: &str, size: u64) -> String {
    loop {
        let said = installation.run(&["audit", "checkpoint", "--token", token]).await;
        let signed = said.stdout.lines().nth(1).and_then(|size| size.parse::<u64>().ok());
        if signed.is_some_and(|signed| signed >= size) {
            return said.stdout;
        }
        assert!(said.success || said.stderr.contains("nothing here"), "{}", said.stderr);
    }
}

#[tokio::test]
async fn audit_tail_tells_what_happens_and_export_what_happened() {
    let installation = Installation::new();
    let serving = Serving::start(&installation);
    let token = audited(&installation, &serving).await;
    // From the beginning: what is not recorded yet is waited for.
    let asked = [
        "audit",
        "tail",
        "--token",
        &token,
        "--from",
        "0",
        "--kind",
        "tenant_created",
        "--count",
        "3",
    ];
    let said = installation.run(&asked).await;
    assert!(said.success, "{}", said.stderr);
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", said.stdout);
    assert!(lines[0].contains("Bakery Lane") && lines[2].contains("Formula Lane"), "{lines:?}");
    let said = installation.run(&[&asked[..], &["--json"]].concat()).await;
    let entry: Value = serde_json::from_str(said.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(entry["event"]["fact"], "tenant_created");

    let said =
        installation.run(&["audit", "export", "--token", &token, "--out", "log.ndjson"]).await;
    assert!(said.success, "{}", said.stderr);
    let text = std::fs::read_to_string(installation.folder().join("log.ndjson")).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["end"]["entries"], text.lines().count() - 2);
    let again =
        installation.run(&["audit", "export", "--token", &token, "--out", "log.ndjson"]).await;
    assert!(
        !again.success && again.stderr.contains("log.ndjson"),
        "no file is written over: {}",
        again.stderr
    );

    let asked =
        ["audit", "export", "--token", &token, "--format", "csv", "--kind", "tenant_created"];
    let said = installation.run(&asked).await;
    assert_eq!(said.stdout.lines().count(), 4, "{}", said.stdout);
}

#[tokio::test]
async fn audit_checkpoint_prints_a_note_that_its_keys_check() {
    let installation = Installation::new();
    let serving = Serving::start(&installation);
    let token = audited(&installation, &serving).await;
    let command = ["audit", "checkpoint", "--token", &token];
    let note = checkpoint_of(&installation, &token, 1).await;
    let keys = installation.run(&[&command[..], &["--keys"]].concat()).await.stdout;
    let key: LogKey = keys.trim_end().parse().unwrap();
    assert!(key.open(&note).unwrap().size > 0);
}

#[tokio::test]
async fn an_auditor_s_token_makes_no_ticket() {
    let installation = Installation::new();
    let serving = Serving::start(&installation);
    let token = audited(&installation, &serving).await;
    let asked = ["ticket", "--token", &token, "--technician", "nik@example.com"];
    let said = installation.run(&asked).await;
    assert!(!said.success);
    assert!(said.stderr.contains("reads the audit log and nothing else"), "{}", said.stderr);
    let wrong = installation.run(&["audit", "tail", "--token", "cs_admin_x", "--count", "1"]).await;
    assert!(!wrong.success, "a refusal is not tried again");
}
