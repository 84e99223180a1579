//! The record: every change left its event, in the transaction that made it.

use std::path::Path;

use countersign::domain::{Event, Fact};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_types::Text};

use crate::{House, Timeline, Told};

/// How often the story must have left these facts.
const EXPECTED: [(&str, usize); 16] = [
    ("msp_created", 1),
    ("tenant_created", 1),
    ("technician_created", 2),
    ("delegation_made", 2),
    ("workstation_enrolled", 1),
    ("device_enrolled", 2),
    ("login_opened", 7),
    ("login_claimed", 1),
    ("login_approved", 2),
    ("grant_taken", 2),
    ("login_denied", 3),
    ("login_cancelled", 2),
    ("push_frozen", 1),
    ("push_unfrozen", 1),
    ("technician_suspended", 1),
    ("login_expired", 0),
];

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = Text)]
    body: String,
}

/// Prints the events' sentences, and counts them.
pub async fn read_out(timeline: &Timeline, house: &House) -> Told {
    timeline.chapter("The record");
    let path = house.database.clone();
    let read = tokio::task::spawn_blocking(move || events(&path)).await;
    let events = read
        .map_err(|error| timeline.not_as_told(error))?
        .map_err(|error| timeline.not_as_told(error))?;
    let first = events.first().map(|event| event.at);
    for event in &events {
        let after = first.map(|first| event.at.since(first)).unwrap_or_default();
        println!("{:8.3} s   {}", after.as_secs_f64(), event.sentence);
    }
    for (word, times) in EXPECTED {
        let found = events.iter().filter(|event| event.fact.word() == word).count();
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

/// All events, oldest first; those of one instant in the order of their entities' versions.
fn events(database: &Path) -> Result<Vec<Event>, Box<dyn std::error::Error + Send + Sync>> {
    let mut connection = SqliteConnection::establish(&database.to_string_lossy())?;
    let bodies: Vec<Body> = diesel::sql_query("SELECT body FROM outbox").load(&mut connection)?;
    let mut events: Vec<Event> =
        bodies.iter().map(|row| serde_json::from_str(&row.body)).collect::<Result<_, _>>()?;
    events.sort_by_key(|event| (event.at, event.version));
    Ok(events)
}
