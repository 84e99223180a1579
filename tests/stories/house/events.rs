//! What a story finds on its way to the audit log, and in it.

use std::collections::BTreeMap;

use countersign::domain::{Entity, Event};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_types::Text};
use uuid::Uuid;

use super::{Place, place::Behind};

/// An event as it was stored.
pub type StoredEvent = Event;

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = Text)]
    body: String,
}

/// An event is in the outbox until it is in the log, and never in both.
const EVERYWHERE: &str = "SELECT body FROM outbox UNION ALL SELECT body FROM audit_events";

/// All events, oldest first; those of one instant in the order of their entities' versions.
pub async fn all(place: &Place) -> Vec<StoredEvent> {
    let bodies: Vec<String> = match place.behind_the_walls() {
        Behind::File(path) => tokio::task::spawn_blocking(move || {
            let mut connection = SqliteConnection::establish(&path).unwrap();
            let rows = diesel::sql_query(EVERYWHERE).load::<Body>(&mut connection);
            rows.unwrap().into_iter().map(|row| row.body).collect()
        })
        .await
        .unwrap(),
        Behind::Superuser(url) => {
            let (client, driver) =
                tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(driver);
            let rows = client.query(EVERYWHERE, &[]).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
    };
    let mut events: Vec<Event> =
        bodies.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    events.sort_by_key(|event| (event.at, event.version));
    events
}

/// The entity that a row's events are about, by the row's two ids: a delegation is known by its tenant and its
/// technician, everything else by one.
type EntityOf = fn(Uuid, Uuid) -> Entity;

/// Every table whose rows have a version.
pub const VERSIONED: [(&str, EntityOf); 15] = [
    ("msps", |id, _| Entity::Msp(id.into())),
    ("admin_tokens", |id, _| Entity::AdminToken(id.into())),
    ("tenants", |id, _| Entity::Tenant(id.into())),
    ("technicians", |id, _| Entity::Technician(id.into())),
    ("delegations", |tenant, technician| Entity::Delegation(tenant.into(), technician.into())),
    ("device_tickets", |id, _| Entity::Ticket(id.into())),
    ("devices", |id, _| Entity::Device(id.into())),
    ("enrolment_tokens", |id, _| Entity::EnrolmentToken(id.into())),
    ("workstations", |id, _| Entity::Workstation(id.into())),
    ("logins", |id, _| Entity::Login(id.into())),
    ("offline_secrets", |id, _| Entity::OfflineSecret(id.into())),
    ("recovery_codes", |id, _| Entity::RecoveryCode(id.into())),
    ("recovery_requests", |id, _| Entity::Recovery(id.into())),
    ("audit_webhooks", |id, _| Entity::Webhook(id.into())),
    ("sessions", |id, _| Entity::Session(id.into())),
];

/// The two ids of a row, by whatever its table calls them.
fn keys_of(table: &str) -> [&'static str; 2] {
    if table == "delegations" { ["tenant", "technician"] } else { ["id", "id"] }
}

#[derive(QueryableByName)]
struct Versioned {
    #[diesel(sql_type = diesel::sql_types::Binary)]
    one: Vec<u8>,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    other: Vec<u8>,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    version: i64,
}

/// An entity, to be compared.
pub fn entity_key(entity: Entity) -> String {
    serde_json::to_string(&entity).unwrap()
}

/// The version of every row that has one, by its entity.
pub async fn versions(place: &Place) -> BTreeMap<String, i64> {
    match place.behind_the_walls() {
        Behind::File(path) => tokio::task::spawn_blocking(move || {
            let mut connection = SqliteConnection::establish(&path).unwrap();
            let mut found = BTreeMap::new();
            for (table, entity) in VERSIONED {
                let [one, other] = keys_of(table);
                let query = format!("SELECT {one} AS one, {other} AS other, version FROM {table}");
                let rows = diesel::sql_query(query).load::<Versioned>(&mut connection).unwrap();
                let id = |bytes: &[u8]| Uuid::from_slice(bytes).unwrap();
                let entity = |row: &Versioned| entity_key(entity(id(&row.one), id(&row.other)));
                found.extend(rows.iter().map(|row| (entity(row), row.version)));
            }
            found
        })
        .await
        .unwrap(),
        Behind::Superuser(url) => {
            let (client, driver) =
                tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(driver);
            let mut found = BTreeMap::new();
            for (table, entity) in VERSIONED {
                let [one, other] = keys_of(table);
                let query = format!("SELECT {one}::text, {other}::text, version FROM {table}");
                let rows = client.query(&query, &[]).await.unwrap();
                let id = |text: String| text.parse::<Uuid>().unwrap();
                let entity =
                    |row: &tokio_postgres::Row| entity_key(entity(id(row.get(0)), id(row.get(1))));
                found.extend(rows.iter().map(|row| (entity(row), row.get(2))));
            }
            found
        }
    }
}
