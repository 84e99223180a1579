//! The record: every change left its event in the audit log.

use std::time::Duration;

use countersign::domain::{Event, Fact};
use countersign_client::Paging;
use countersign_protocol::wire::audit::AuditQuery;
use tokio::time::sleep;

use crate::{House, Timeline, Told};

/// How often the story must have left these facts.
const EXPECTED: [(&str, usize); 27] = [
    ("msp_created", 1),
    ("tenant_created", 1),
    ("technician_created", 2),
    ("delegation_made", 2),
    ("workstation_enrolled", 3),
    ("device_enrolled", 3),
    ("login_opened", 8),
    ("login_claimed", 2),
    ("login_approved", 3),
    ("grant_taken", 3),
    ("login_denied", 3),
    ("login_cancelled", 2),
    ("push_frozen", 1),
    ("push_unfrozen", 1),
    ("technician_suspended", 1),
    ("login_expired", 0),
    ("login_seen", 3),
    ("push_accepted", 4),
    ("push_held_back", 2),
    ("push_failed", 0),
    ("session_started", 4),
    ("session_ended", 1),
    ("session_confirmed", 1),
    ("technician_retired", 1),
    ("offline_secret_made", 4),
    ("offline_secret_handed", 4),
    ("offline_secret_replaced", 3),
];

/// The log follows what happened within moments: how often it is read again until then, and the pause between.
const READINGS: usize = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// Prints the events' sentences, and counts them.
pub async fn read_out(timeline: &Timeline, house: &House) -> Told {
    timeline.chapter("The record");
    for (word, times) in EXPECTED {
        has(house, word, times).await.map_err(|error| timeline.not_as_told(error))?;
    }
    let events = read(house).await.map_err(|error| timeline.not_as_told(error))?;
    let first = events.first().map(|event| event.at);
    for event in &events {
        let after = first.map(|first| event.at.since(first)).unwrap_or_default();
        println!("{:8.3} s   {}", after.as_secs_f64(), event.sentence);
    }
    for (word, times) in EXPECTED {
        let found = count(&events, word);
        timeline
            .holds(&format!("{word} is on the record {times} times ({found})"), found == times)?;
    }
    let signed =
        events.iter().filter(|event| matches!(&event.fact, Fact::LoginApproved { .. })).count();
    timeline.ended(&format!(
        "As told: {} events, {signed} of them with the signature that approved, in",
        events.len()
    ));
    Ok(())
}

/// The record has so many events of this fact, or more, soon.
pub async fn has(house: &House, word: &str, times: usize) -> Result<(), String> {
    let found = until(house, |events| count(events, word) >= times).await?;
    found.then_some(()).ok_or_else(|| format!("{word} is not on the record {times} times"))
}

/// The record has this sentence, soon.
pub async fn says(house: &House, sentence: &str) -> Result<(), String> {
    let found =
        until(house, |events| events.iter().any(|event| event.sentence == sentence)).await?;
    found.then_some(()).ok_or_else(|| format!("the record does not say: {sentence}"))
}

async fn until(house: &House, holds: impl Fn(&[Event]) -> bool) -> Result<bool, String> {
    for _ in 1..READINGS {
        if holds(&read(house).await?) {
            return Ok(true);
        }
        sleep(PAUSE).await;
    }
    Ok(holds(&read(house).await?))
}

fn count(events: &[Event], word: &str) -> usize {
    events.iter().filter(|event| event.fact.word() == word).count()
}

/// All events, oldest first, as any admin reads them.
async fn read(house: &House) -> Result<Vec<Event>, String> {
    let (query, mut paging) = (AuditQuery::default(), Paging::default());
    paging.limit = Some(200);
    let mut events = Vec::new();
    loop {
        let page = house.admin.audit(&query, true, &paging).await;
        let page = page.map_err(|error| error.to_string())?;
        for entry in page.items {
            let event: Event =
                serde_json::from_str(entry.event.get()).map_err(|e| e.to_string())?;
            // Reading the record is on record too, and no part of the story.
            if event.fact.word() != "audit_read" {
                events.push(event);
            }
        }
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    events.sort_by_key(|event| (event.at, event.version));
    Ok(events)
}
