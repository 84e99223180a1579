//! What a story finds in the outbox.

use countersign::domain::Event;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_types::Text};

use super::{Place, place::Behind};

/// An event as it was stored.
pub type StoredEvent = Event;

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = Text)]
    body: String,
}

/// All events, oldest first; those of one instant in the order of their entities' versions.
pub async fn all(place: &Place) -> Vec<StoredEvent> {
    let bodies: Vec<String> = match place.behind_the_walls() {
        Behind::File(path) => tokio::task::spawn_blocking(move || {
            let mut connection = SqliteConnection::establish(&path).unwrap();
            let rows = diesel::sql_query("SELECT body FROM outbox").load::<Body>(&mut connection);
            rows.unwrap().into_iter().map(|row| row.body).collect()
        })
        .await
        .unwrap(),
        Behind::Superuser(url) => {
            let (client, driver) =
                tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(driver);
            let rows = client.query("SELECT body FROM outbox", &[]).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
    };
    let mut events: Vec<Event> =
        bodies.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    events.sort_by_key(|event| (event.at, event.version));
    events
}

const VERSIONED: [&str; 4] = ["logins", "technicians", "workstations", "devices"];

#[derive(QueryableByName)]
struct Versioned {
    #[diesel(sql_type = diesel::sql_types::Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    version: i64,
}

/// The version of every login, technician, workstation and device.
pub async fn versions(place: &Place) -> std::collections::HashMap<uuid::Uuid, i64> {
    match place.behind_the_walls() {
        Behind::File(path) => tokio::task::spawn_blocking(move || {
            let mut connection = SqliteConnection::establish(&path).unwrap();
            let mut found = std::collections::HashMap::new();
            for table in VERSIONED {
                let query = format!("SELECT id, version FROM {table}");
                let rows = diesel::sql_query(query).load::<Versioned>(&mut connection).unwrap();
                let id = |bytes: &[u8]| uuid::Uuid::from_slice(bytes).unwrap();
                found.extend(rows.into_iter().map(|row| (id(&row.id), row.version)));
            }
            found
        })
        .await
        .unwrap(),
        Behind::Superuser(url) => {
            let (client, driver) =
                tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(driver);
            let mut found = std::collections::HashMap::new();
            for table in VERSIONED {
                let query = format!("SELECT id::text, version FROM {table}");
                let rows = client.query(&query, &[]).await.unwrap();
                let id = |text: String| text.parse::<uuid::Uuid>().unwrap();
                found.extend(rows.iter().map(|row| (id(row.get(0)), row.get(1))));
            }
            found
        }
    }
}
