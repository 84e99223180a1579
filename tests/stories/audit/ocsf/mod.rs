//! OCSF events held to the published schema by a validator that was not written here, at the versions pinned beside
//! this file.

use std::{path::Path, process::Stdio, time::Duration};

use countersign::store::audit::NewEntry;
use countersign_protocol::wire::{audit::AuditQuery, mobile::DenyReason};
use serde_json::Value;
use tokio::{process::Command, time::timeout};

use super::cast::{exported, record_entries, said};
use crate::{house::House, story};

/// The words of all facts, as they stand in `Fact::word`, and one that nobody knows.
fn words() -> Vec<&'static str> {
    let source = include_str!("../../../../src/domain/event/fact/word.rs");
    let (_, words) = source.split_once("fn word(").unwrap();
    let words = words.split("=> \"").skip(1).map(|rest| rest.split('"').next().unwrap());
    words.chain(["a_fact_of_tomorrow"]).collect()
}

/// An event of each fact, by each kind of actor, with little else in it: also what is bare must be valid.
async fn one_of_each(house: &House) -> usize {
    let actors = [
        r#"{"kind":"service"}"#,
        r#"{"kind":"operator"}"#,
        r#"{"kind":"key","jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}"#,
        r#"{"kind":"admin","token":"01890a5d-ac96-774b-bcce-b302099a8057"}"#,
        r#"{"kind":"technician","technician":"01890a5d-ac96-774b-bcce-b302099a8057","device":"01890a5d-ac96-774b-bcce-b302099a8058"}"#,
        r#"{"kind":"workstation","workstation":"01890a5d-ac96-774b-bcce-b302099a8057"}"#,
        r#"{"kind":"of tomorrow"}"#,
    ];
    let mut entries = Vec::new();
    for word in words() {
        for actor in actors {
            let event = said(house, format!("{word} |=\"'"));
            let mut told = serde_json::to_value(&event).unwrap();
            told["fact"] = word.into();
            told["actor"] = serde_json::from_str(actor).unwrap();
            entries.push(NewEntry::parse(told.to_string(), event.id).unwrap());
        }
    }
    record_entries(house, &entries).await;
    entries.len()
}

async fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(Duration::from_secs(600), command.output()).await;
    let output = output.expect("it ends").unwrap_or_else(|error| panic!("{program}: {error}"));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {err}");
    String::from_utf8(output.stdout).unwrap()
}

story! {
    #[ignore = "long round"]
    async fn ocsf_events_are_valid_by_the_published_schema(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut login = workstation.open_push("nik").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        workstation.take_grant(&mut login).await.unwrap();
        workstation.open_push("nobody").await.unwrap();
        let login = workstation.open_push("nik").await.unwrap();
        phone.deny(login.id(), DenyReason::Fraud).await.unwrap();
        let made = one_of_each(&house).await;
        house.flush().await;
        let text = exported(&house, "ocsf", &AuditQuery::default()).await;

        let folder = tempfile::Builder::new().prefix("ocsf").tempdir().unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/audit/ocsf");
        for file in ["requirements.txt", "validate.py"] {
            std::fs::copy(sources.join(file), folder.path().join(file)).unwrap();
        }
        std::fs::write(folder.path().join("events.ndjson"), &text).unwrap();
        run(folder.path(), "python3", &["-m", "venv", "venv"]).await;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"];
        run(folder.path(), "venv/bin/python", &pip).await;
        let told = run(folder.path(), "venv/bin/python", &["validate.py", "events.ndjson"]).await;
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["wrong"], serde_json::json!([]));
        let counted = told["counted"].as_object().unwrap();
        assert!(counted.values().map(|many| many.as_u64().unwrap()).sum::<u64>() > made as u64);
        for class in ["3001", "3002", "3004", "6003"] {
            assert!(counted.contains_key(class), "no event of the class {class}: {told}");
        }
    }
}
