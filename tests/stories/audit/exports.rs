//! Exports: whole, checkable without the service, and no longer than when they began.

use std::sync::Arc;

use countersign::{
    audit::Format, domain::AuditFilter, flows::admin::authenticate, flows::audit::Export,
};
use countersign_protocol::{
    Instant, ProblemCode,
    audit::{Frontier, Hash, LogKey, entry, leaf_hash},
    wire::{admin::CreateAdminToken, audit::AuditQuery},
};
use serde_json::Value;

use super::{
    Log,
    cast::{exported, kind, readings, record_many},
};
use crate::story;

fn json_lines(text: &str) -> Vec<Value> {
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Builds the tree of an export again and holds it to the export's own checkpoints. The number of entries.
fn verified(text: &str, msp: &str) -> u64 {
    let lines = json_lines(text);
    let (head, rest) = lines.split_first().unwrap();
    let (end, entries) = rest.split_last().unwrap();
    assert_eq!((&head["countersign_audit"], head["msp"].as_str()), (&1.into(), Some(msp)));
    let mut frontier = Frontier::default();
    let mut roots = vec![frontier.root()];
    for (position, line) in entries.iter().enumerate() {
        assert_eq!(line["position"], position);
        let body = line["body"].as_str().unwrap();
        let recorded_at = Instant::from_unix_millis(line["recorded_at"].as_i64().unwrap());
        let leaf = leaf_hash(&entry(recorded_at, body).unwrap());
        assert_eq!(line["hash"], leaf.to_string());
        let told: Value = serde_json::from_str(body).unwrap();
        assert_eq!(line["event_id"], told["id"]);
        frontier.push(leaf, |_, _, _| {});
        roots.push(frontier.root());
    }
    assert_eq!(end["end"]["entries"], entries.len());
    assert_eq!(end["end"]["through"], entries.len() - 1);
    let checkpoints = head["checkpoints"].as_array().unwrap();
    assert!(!checkpoints.is_empty());
    for note in checkpoints {
        let vkey: LogKey = head["origins"][0]["vkey"].as_str().unwrap().parse().unwrap();
        let checkpoint = vkey.open(note.as_str().unwrap()).unwrap();
        let root: Hash = roots[usize::try_from(checkpoint.size).unwrap()];
        assert_eq!(checkpoint.root, root);
    }
    entries.len() as u64
}

story! {
    async fn an_export_is_checked_without_the_service(house: House) {
        record_many(&house, 0..1300).await;
        let size = Log::flushed(&house).await.size;
        let text = exported(&house, "ndjson", &AuditQuery::default()).await;
        assert!(verified(&text, &house.msp.to_string()) >= size);
        assert!(!text.lines().next().unwrap().contains("filtered"));
        let (query, _, events) = readings(&house, "ndjson").await.into_iter().find(|(_, form, _)| form == "ndjson").unwrap();
        assert!(query.is_empty() && events >= size, "{query} {events}");
    }
}

story! {
    async fn a_part_of_the_log_says_that_it_is_one(house: House) {
        record_many(&house, 0..30).await;
        house.flush().await;
        let lines = json_lines(&exported(&house, "ndjson", &kind("delegation_ended")).await);
        assert_eq!(lines[0]["filtered"], true);
        let bodies = lines.iter().filter_map(|line| line["body"].as_str());
        assert_eq!(bodies.filter(|body| body.contains("\"event ")).count(), 30);
        assert_eq!(lines.last().unwrap()["end"]["entries"], lines.len() - 2);
        for form in ["csv", "ocsf", "cef"] {
            let text = exported(&house, form, &kind("delegation_ended")).await;
            let events = text.lines().filter(|line| line.contains("event 1")).count();
            assert_eq!(events, 11, "{form}");
        }
    }
}

story! {
    async fn an_export_ends_where_the_log_ended_when_it_began(house: House) {
        record_many(&house, 0..1200).await;
        house.flush().await;
        let token = house.admin.create_token(&CreateAdminToken { name: "export".into(), ..Default::default() }).await.unwrap();
        let context = &house.node.context;
        let caller = authenticate(context, &token.token.unwrap()).await.unwrap();
        let started = Export::start(Arc::clone(context), caller, AuditFilter::default(), Format::Ndjson);
        let mut export = started.await.unwrap();
        let mut text = export.next().await.unwrap().unwrap();
        text.push_str(&export.next().await.unwrap().unwrap());
        record_many(&house, 1200..1500).await;
        while let Some(lines) = export.next().await.unwrap() {
            text.push_str(&lines);
        }
        assert!(!text.contains("event 1200"), "what came later is not in it");
        assert!(text.contains("event 1199"));
        verified(&text, &house.msp.to_string());
    }
}

story! {
    async fn an_export_breaks_off_when_its_token_is_revoked(house: House) {
        record_many(&house, 0..1200).await;
        let token = house.admin.create_token(&CreateAdminToken { name: "export".into(), ..Default::default() }).await.unwrap();
        let context = &house.node.context;
        let caller = authenticate(context, &token.token.unwrap()).await.unwrap();
        for form in Format::ALL {
            let mut export = Export::start(Arc::clone(context), caller, AuditFilter::default(), form).await.unwrap();
            assert!(export.next().await.unwrap().is_some(), "{form:?}");
            if form == Format::Cef {
                house.admin.revoke_token(token.id).await.unwrap();
                let refused = loop {
                    match export.next().await {
                        Ok(Some(_)) => {}
                        Ok(None) => panic!("it went on to its end"),
                        Err(failure) => break failure.refusal(),
                    }
                };
                assert_eq!(refused.code(), ProblemCode::InvalidToken);
            }
        }
        // Also what was broken off has shown what it has shown.
        let read = readings(&house, "cef").await;
        assert!(read.iter().any(|(_, form, events)| form == "cef" && *events > 0), "{read:?}");
    }
}
