//! Examples of what readers of the log are told.

use countersign_protocol::{
    Instant,
    audit::Hash,
    wire::audit::{
        AuditEntry, AuditEvent, AuditPage, CheckpointProof, ConsistencyProof, InclusionProof,
    },
};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::http::openapi::Examples;

/// The examples of these routes' bodies.
pub fn examples(examples: &mut Examples) {
    let id = |last: u128| Uuid::from_u128(0x01a2_02a1_5fe0_7000_8000_0000_0000_0000 + last);
    let hash = |byte: u8| Hash([byte; 32]);
    let sentence = "nik@example.com logged into the desktop W11-RECEPTION with account msp-nik";
    let event = format!(
        "{{\"id\":\"{}\",\"at\":\"2026-11-22T09:41:00.000Z\",\"msp\":\"{}\",\"entity\":{{\"kind\":\"login\",\"id\":\"{}\"}},\
         \"version\":3,\"sentence\":\"{sentence}\",\"fact\":\"grant_taken\"}}",
        id(40),
        id(1),
        id(41),
    );
    let Ok(event) = RawValue::from_string(event) else { return };
    let entry = AuditEntry {
        position: 41,
        recorded_at: Instant::from_unix_millis(1_795_340_460_123),
        event_id: id(40).into(),
        hash: hash(0x2a),
        sentence: sentence.to_owned(),
        event,
    };
    let checkpoint = "sign.example.com/audit/01a202a1-5fe0-7000-8000-000000000001\n100\n\
                      CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— sign.example.com/audit/... Az3grl...\n";
    let (size, hashes) = (100, vec![hash(1), hash(2)]);
    examples.body(&AuditPage {
        items: vec![entry.clone()],
        next: Some("AVY8sx3R2K9_AAAAAAAAACk".to_owned()),
        committed_through: Some(99),
        scanned_through: Some(41),
    });
    let proof = CheckpointProof { checkpoint: checkpoint.to_owned(), size, hashes: hashes.clone() };
    examples.body(&AuditEvent { entry, proof: Some(proof) });
    examples.body(&InclusionProof { position: 41, size, hash: hash(0x2a), hashes: hashes.clone() });
    examples.body(&ConsistencyProof { old: 64, new: size, hashes });
}
