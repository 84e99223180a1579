//! An auditor: what they have kept, and how they look at a log.

use std::fmt::Write as _;

use countersign::audit::verify::{
    Expected, Kind, RelyingParties, Report, verify_database, verify_export,
};
use countersign_protocol::audit::{Hash, LogKey};
use serde_json::json;

use super::Log;
use crate::house::House;

/// The relying party of a story's installation.
pub fn relying_parties() -> RelyingParties {
    RelyingParties::new(Some("localhost".to_owned()), Vec::new())
}

/// Verifies the log in the database.
pub async fn verified(house: &House, expected: &Expected) -> Report {
    let store = &house.node.context.store;
    verify_database(store, house.msp, expected, relying_parties(), |_, _| {}).await.unwrap()
}

/// The newest checkpoint, as an auditor keeps it.
pub fn kept(log: &Log) -> Expected {
    Expected { notes: vec![log.notes.last().unwrap().clone()], keys: Vec::new() }
}

/// The same with the log's keys.
pub fn kept_with_keys(log: &Log) -> Expected {
    let keys: Vec<LogKey> = log.keys.values().cloned().collect();
    Expected { keys, ..kept(log) }
}

/// An export of a log as it stands.
pub fn export(house: &House, log: &Log) -> String {
    let origins: Vec<_> = log
        .origins
        .iter()
        .map(|(generation, from_size, name)| {
            json!({"generation": generation, "name": name, "vkey": log.keys[name], "from_size": from_size})
        })
        .collect();
    let header = json!({"countersign_audit": 1, "msp": house.msp, "origins": origins, "checkpoints": log.notes});
    let mut text = format!("{header}\n");
    for entry in &log.entries {
        let hash = Hash(entry.hash.clone().try_into().unwrap());
        let line = json!({"position": entry.position, "recorded_at": entry.recorded_at,
            "event_id": entry.event.id, "body": entry.body, "hash": hash});
        writeln!(text, "{line}").unwrap();
    }
    let through = log.entries.last().map(|entry| entry.position);
    writeln!(text, "{}", json!({"end": {"through": through, "entries": log.entries.len()}}))
        .unwrap();
    text
}

/// Verifies an export.
pub fn verified_export(text: &str, expected: &Expected) -> Report {
    verify_export(text.as_bytes(), expected, RelyingParties::default(), |_| {}).unwrap()
}

/// The first finding.
pub fn first(report: &Report) -> Option<(Option<u64>, Kind)> {
    report.first()
}
