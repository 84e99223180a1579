//! Events that stand in a log without anyone having done anything, and readers who take their time.

use countersign::{
    domain::{Actor, Entity, Event, Fact, Occasion},
    store::audit::{NewEntry, append},
};
use countersign_client::{Paging, Request};
use countersign_protocol::{
    MspId,
    wire::audit::{AuditEntry, AuditPage, AuditQuery},
};

use super::Log;
use crate::house::{House, soon};

/// An event of the story's msp with this sentence, just so.
pub fn said(house: &House, sentence: impl Into<String>) -> Event {
    let occasion = Occasion {
        at: house.node.context.now(),
        msp: house.msp,
        tenant: Some(house.tenant.id),
        actor: Actor::Operator,
    };
    let id = house.node.context.id(occasion.at);
    let entity = Entity::Tenant(house.tenant.id);
    let event = occasion.event(id, entity, 0, "", Fact::DelegationEnded);
    Event { sentence: sentence.into(), ..event }
}

/// Brings events into the log, past everything that would refuse them.
pub async fn record(house: &House, events: &[Event]) {
    let bodies = events.iter().map(|event| (event.id, serde_json::to_string(event).unwrap()));
    let entries: Vec<_> = bodies.map(|(id, body)| NewEntry::parse(body, id).unwrap()).collect();
    record_entries(house, &entries).await;
}

/// The same for entries that are ready.
pub async fn record_entries(house: &House, entries: &[NewEntry]) {
    let context = &house.node.context;
    for some in entries.chunks(1000) {
        let appended = append(&context.store, some, context.now()).await.unwrap();
        assert_eq!(appended.added, some.len());
        // As the flusher does.
        context.wake.wake(&[countersign::audit::topic(house.msp)]);
    }
}

/// This many events, each with its number in its sentence.
pub async fn record_many(house: &House, numbers: std::ops::Range<usize>) {
    let events: Vec<_> = numbers.map(|number| said(house, format!("event {number}"))).collect();
    record(house, &events).await;
}

/// One page.
pub async fn page(
    house: &House,
    query: &AuditQuery,
    oldest: bool,
    limit: u16,
    after: Option<String>,
) -> AuditPage {
    house.admin.audit(query, oldest, &Paging { limit: Some(limit), after }).await.unwrap()
}

/// Every page from here to the last.
pub async fn pages(
    house: &House,
    query: &AuditQuery,
    oldest: bool,
    limit: u16,
    mut after: Option<String>,
) -> Vec<AuditEntry> {
    let mut found = Vec::new();
    loop {
        let page = page(house, query, oldest, limit, after).await;
        assert!(page.items.len() <= usize::from(limit));
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

/// The conditions that are all about this kind.
pub fn kind(kind: &str) -> AuditQuery {
    AuditQuery { kinds: vec![kind.to_owned()], ..AuditQuery::default() }
}

/// The body of an export, whole.
pub async fn exported(house: &House, format: &str, query: &AuditQuery) -> String {
    let mut lines = house.admin.export_audit(format, query).await.unwrap();
    let mut text = Vec::new();
    while let Some(chunk) = lines.chunk().await.unwrap() {
        text.extend(chunk);
    }
    String::from_utf8(text).unwrap()
}

/// The status and the text of an answer that anyone may ask for.
pub async fn file(house: &House, msp: MspId, path: &str) -> (u16, Vec<u8>) {
    let asked = Request::get(format!("/audit/{msp}/{path}"));
    let answer = house.transport().send(asked).await.unwrap();
    (answer.status.as_u16(), answer.body)
}

/// The readings that the log knows of, once it knows of one in this form: query, form and number of events.
pub async fn readings(house: &House, form: &str) -> Vec<(String, String, u64)> {
    let recorded = async {
        loop {
            let log = Log::flushed(house).await;
            let readings = log.entries.into_iter().filter_map(|entry| match entry.event.fact {
                Fact::AuditRead { query, format, events } => Some((query, format, events)),
                _ => None,
            });
            let readings: Vec<_> = readings.collect();
            if readings.iter().any(|(_, format, _)| format == form) {
                return readings;
            }
            tokio::task::yield_now().await;
        }
    };
    soon(recorded).await
}
