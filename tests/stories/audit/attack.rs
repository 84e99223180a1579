//! Whoever owns the database: a way past every wall and trigger, and back.

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection,
    sql_types::Text,
};

use crate::house::{Behind, House, Place};

/// The audit log's tables.
const TABLES: [&str; 7] = [
    "audit_logs",
    "audit_origins",
    "audit_leaves",
    "audit_nodes",
    "audit_checkpoints",
    "audit_events",
    "audit_prunings",
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

/// Keeps a copy of the whole database under this name.
pub async fn keep(house: &House, name: &str) {
    let tables = tables(&house.place).await;
    let copies = tables.iter().map(|table| {
        format!("DROP TABLE IF EXISTS {name}_{table}; CREATE TABLE {name}_{table} AS SELECT * FROM {table};")
    });
    run(&house.place, &copies.collect::<String>()).await;
}

/// Puts the database back to a copy, as a restored backup does.
pub async fn put_back(house: &House, name: &str) {
    let tables = tables(&house.place).await;
    let copies = tables.iter().map(|table| {
        format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM {name}_{table};")
    });
    let unchecked = match house.place.behind_the_walls() {
        Behind::File(_) => "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE;",
        Behind::Superuser(_) => "BEGIN; SET LOCAL session_replication_role = replica;",
    };
    let copies = copies.collect::<String>();
    run(&house.place, &format!("{unchecked} {copies} COMMIT")).await;
    without_streams(house).await;
}

/// Deletes what waits on the streams, as whoever restores a backup has to: it is of the lost time.
async fn without_streams(house: &House) {
    if let Some(stream) = &house.node.audit.stream {
        for shard in 0..stream.settings.shards {
            let key = stream.link.key(format_args!("audit:{{{shard}}}"));
            let trim = redis::cmd("XTRIM").arg(key).arg("MAXLEN").arg(0).to_owned();
            let _: usize = stream.link.run(&trim).await.unwrap();
        }
    }
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The service's tables.
async fn tables(place: &Place) -> Vec<String> {
    const KEPT: &str =
        "name NOT LIKE 'old%' AND name NOT LIKE 'now%' AND name NOT LIKE '%migrations'";
    match place.behind_the_walls() {
        Behind::File(path) => {
            let sql = format!(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND {KEPT}"
            );
            let read = move || {
                let mut connection = SqliteConnection::establish(&path).unwrap();
                diesel::sql_query(sql).load::<Named>(&mut connection).unwrap()
            };
            let found = tokio::task::spawn_blocking(read).await.unwrap();
            found.into_iter().map(|row| row.name).collect()
        }
        Behind::Superuser(url) => {
            let sql = format!(
                "SELECT name FROM (SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
                 AND relkind IN ('r', 'p') AND NOT relispartition) AS found WHERE {KEPT}"
            );
            let (client, driver) =
                tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(driver);
            client.query(&sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
        }
    }
}

/// What the database says to these statements, by whoever owns everything: `None` if nothing.
pub async fn refused(house: &House, sql: &str) -> Option<String> {
    let sql = with_msp(house, sql);
    match house.place.behind_the_walls() {
        Behind::File(path) => {
            let run = move || {
                let mut connection = SqliteConnection::establish(&path).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                connection.batch_execute(&sql).err().map(|error| error.to_string())
            };
            tokio::task::spawn_blocking(run).await.unwrap()
        }
        Behind::Superuser(url) => {
            let (client, driver) =
                tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(driver);
            let said = client.batch_execute(&sql).await.err();
            said.map(|error| error.as_db_error().unwrap().message().to_owned())
        }
    }
}
