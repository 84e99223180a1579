//! One example for each body of the audit log's routes.

use countersign_protocol::{
    Instant,
    audit::{Hash, LogKey},
    wire::audit::{
        AuditEntry, AuditEvent, AuditPage, CheckpointProof, ConsistencyProof, InclusionProof,
        LogKeys, LogOrigin,
    },
};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::http::openapi::Examples;

/// An id of 2026-11-22T09:41:00Z.
fn id<Id: From<Uuid>>(last: u128) -> Id {
    Uuid::from_u128(0x01a2_02a1_5fe0_7000_8000_0000_0000_0000 + last).into()
}

/// The examples of these routes' bodies.
pub fn examples(examples: &mut Examples) {
    let sentence = "nik@example.com logged into the desktop W11-RECEPTION with account msp-nik";
    let text = format!("{{\"fact\":\"session_started\",\"sentence\":\"{sentence}\"}}");
    let Ok(event) = RawValue::from_string(text) else { return };
    let entry = AuditEntry {
        position: 7,
        recorded_at: Instant::from_unix_millis(1_795_340_460_000),
        event_id: id(30),
        hash: Hash([7; 32]),
        sentence: sentence.to_owned(),
        event,
    };
    examples.body(&AuditPage {
        items: vec![entry.clone()],
        next: None,
        committed_through: Some(11),
        scanned_through: Some(0),
    });
    let name = "login.example.com/audit/01a202a1-5fe0-7000-8000-000000000001";
    let checkpoint = format!("{name}\n12\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
    let hashes = vec![Hash([8; 32]), Hash([9; 32])];
    let proof = CheckpointProof { checkpoint, size: 12, hashes: hashes.clone() };
    examples.body(&AuditEvent { entry, proof: Some(proof) });
    examples.body(&InclusionProof {
        position: 7,
        size: 12,
        hash: Hash([7; 32]),
        hashes: hashes.clone(),
    });
    examples.body(&ConsistencyProof { old: 7, new: 12, hashes });
    let origin = LogKey::new(name, [3; 32]).map(|vkey| LogOrigin {
        generation: 1,
        name: name.to_owned(),
        vkey,
        from_size: 0,
    });
    examples.body(&LogKeys { msp: id(1), origins: origin.into_iter().collect() });
}
