//! Proofs, checked with the protocol's own rules.

use countersign_client::Request;
use countersign_protocol::{
    ProblemCode,
    audit::{Checkpoint, verify_consistency, verify_inclusion},
};

use super::{Log, cast::record_many};
use crate::{
    house::House,
    refusal::{refusal, refused},
    story,
};

/// The newest checkpoint, by the log's own key.
async fn checkpoint(house: &House) -> Checkpoint {
    let note = house.admin.audit_checkpoint(house.msp).await.unwrap();
    let keys = house.admin.audit_keys(house.msp).await.unwrap();
    keys.origins.last().unwrap().vkey.open(&note).unwrap()
}

story! {
    async fn every_event_is_proved_to_stand_in_the_newest_checkpoint(house: House) {
        record_many(&house, 0..600).await;
        house.flush().await;
        let keys = house.admin.audit_keys(house.msp).await.unwrap();
        let size = checkpoint(&house).await.size;
        for position in (0..size).step_by(37).chain([255, 256, 511, 512, size - 1]) {
            let event = house.admin.audit_event(position).await.unwrap();
            assert_eq!(event.entry.position, position);
            let proof = event.proof.unwrap();
            let covers = keys.origins[0].vkey.open(&proof.checkpoint).unwrap();
            assert_eq!(covers.size, proof.size);
            let (leaf, root) = (&event.entry.hash, &covers.root);
            verify_inclusion(leaf, position, proof.size, root, &proof.hashes).unwrap();
            verify_inclusion(leaf, position + 1, proof.size, root, &proof.hashes).unwrap_err();
        }
    }
}

story! {
    async fn older_checkpoints_are_proved_to_be_beginnings_of_newer_ones(house: House) {
        let mut kept = Vec::new();
        for round in 0..5 {
            record_many(&house, round * 100..round * 100 + 100).await;
            house.flush().await;
            kept.push(checkpoint(&house).await);
        }
        let newest = kept.last().unwrap();
        for old in &kept {
            let proof = house.admin.consistency_proof(old.size, newest.size).await.unwrap();
            verify_consistency(old.size, &old.root, newest.size, &newest.root, &proof.hashes).unwrap();
            let leaf = house.admin.inclusion_proof(old.size - 1, old.size).await.unwrap();
            verify_inclusion(&leaf.hash, old.size - 1, old.size, &old.root, &leaf.hashes).unwrap();
        }
        let shrunk = house.admin.consistency_proof(newest.size, kept[0].size).await;
        refused(shrunk, ProblemCode::InvalidRequest);
    }
}

story! {
    async fn what_the_log_does_not_have_is_not_found(house: House) {
        let size = Log::flushed(&house).await.size;
        for path in ["1000000", "9223372036854775807", "9223372036854775808", "18446744073709551616", "-1", "x", "0x1"] {
            let answer = house.admin.send(Request::get(format!("/admin/v1/audit/{path}"))).await.unwrap();
            refusal(&answer, ProblemCode::NotFound);
        }
        refused(house.admin.inclusion_proof(0, size + 1_000_000).await, ProblemCode::NotFound);
        refused(house.admin.consistency_proof(0, size + 1_000_000).await, ProblemCode::NotFound);
        refused(house.admin.inclusion_proof(size, size).await, ProblemCode::InvalidRequest);
        refused(house.admin.inclusion_proof(0, 0).await, ProblemCode::InvalidRequest);
        let empty = house.admin.consistency_proof(0, size).await.unwrap();
        assert_eq!(empty.hashes.len(), 0);
    }
}
