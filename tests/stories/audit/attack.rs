//! Whoever owns the database: a way past every wall and trigger, and back.

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};

use crate::house::{Behind, House, Place};

/// The audit log's tables.
const TABLES: [&str; 6] = [
    "audit_logs",
    "audit_origins",
    "audit_leaves",
    "audit_nodes",
    "audit_checkpoints",
    "audit_events",
];

/// Runs statements as the owner of everything. The msp is written as `{msp}`.
pub async fn behind(house: &House, sql: &str) {
    run(&house.place, &with_msp(house, sql)).await;
}

fn with_msp(house: &House, sql: &str) -> String {
    let msp = match house.place.behind_the_walls() {
        Behind::File(_) => format!("x'{}'", house.msp.0.simple()),
        Behind::Superuser(_) => format!("'{}'", house.msp),
    };
    sql.replace("{msp}", &msp)
}

async fn run(place: &Place, sql: &str) {
    match place.behind_the_walls() {
        Behind::File(path) => {
            let sql = sql.to_owned();
            let run = move || {
                let mut connection = SqliteConnection::establish(&path).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                connection.batch_execute(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            };
            tokio::task::spawn_blocking(run).await.unwrap();
        }
        Behind::Superuser(url) => {
            let (client, driver) =
                tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(driver);
            client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }
}

/// Takes the triggers away, as an attacker begins.
pub async fn without_triggers(house: &House) {
    let mut sql = String::new();
    for table in TABLES {
        match house.place.behind_the_walls() {
            Behind::File(_) => {
                for of in ["update", "delete"] {
                    sql.push_str(&format!("DROP TRIGGER IF EXISTS {table}_refuses_{of};"));
                }
            }
            Behind::Superuser(_) => {
                sql.push_str(&format!("ALTER TABLE {table} DISABLE TRIGGER ALL;"));
            }
        }
    }
    run(&house.place, &sql).await;
}

/// Keeps a copy of the whole log under this name.
pub async fn keep(house: &House, name: &str) {
    let copies = TABLES.map(|table| {
        format!("DROP TABLE IF EXISTS {name}_{table}; CREATE TABLE {name}_{table} AS SELECT * FROM {table};")
    });
    run(&house.place, &copies.concat()).await;
}

/// Puts the log back to a copy.
pub async fn put_back(house: &House, name: &str) {
    let copies = TABLES.map(|table| {
        format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM {name}_{table};")
    });
    run(&house.place, &copies.concat()).await;
}
