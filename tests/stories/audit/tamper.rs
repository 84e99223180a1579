//! What somebody with a way past the walls does to the tables.

use std::time::Duration;

use countersign::audit::{Flushed, Flusher, Reader};
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use tokio_postgres::{Client, NoTls};

use crate::house::{Behind, Place, soon};

/// Runs these statements past the walls; an msp's id is written as `{msp}`.
pub async fn tamper(place: &Place, msp: countersign_protocol::MspId, sql: &str) {
    match place.behind_the_walls() {
        Behind::File(path) => {
            let sql = sql.replace("{msp}", &format!("x'{}'", msp.0.simple()));
            tokio::task::spawn_blocking(move || {
                let mut connection = SqliteConnection::establish(&path).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                connection.batch_execute(&sql).unwrap();
            })
            .await
            .unwrap();
        }
        Behind::Superuser(_) => {
            let sql = sql.replace("{msp}", &format!("'{msp}'"));
            superuser(place).await.batch_execute(&sql).await.unwrap();
        }
    }
}

/// One number past the walls.
pub async fn number(place: &Place, sql: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Number {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        number: i64,
    }
    let sql = format!("SELECT ({sql}) AS number");
    match place.behind_the_walls() {
        Behind::File(path) => tokio::task::spawn_blocking(move || {
            let mut connection = SqliteConnection::establish(&path).unwrap();
            let found =
                diesel::RunQueryDsl::get_result::<Number>(diesel::sql_query(sql), &mut connection);
            found.unwrap().number
        })
        .await
        .unwrap(),
        Behind::Superuser(_) => superuser(place).await.query_one(&sql, &[]).await.unwrap().get(0),
    }
}

/// How many dead letters there are.
pub async fn dead_letters(place: &Place) -> i64 {
    number(place, "SELECT count(*) FROM audit_dead_letters").await
}

async fn superuser(place: &Place) -> Client {
    let Behind::Superuser(url) = place.behind_the_walls() else { panic!("PostgreSQL only") };
    let (client, driver) = tokio_postgres::connect(url.as_str(), NoTls).await.unwrap();
    tokio::spawn(driver);
    client
}

/// A table of PostgreSQL that nobody else can write to for now.
pub struct Held(Client);

impl Held {
    pub async fn table(place: &Place, table: &str) -> Self {
        let client = superuser(place).await;
        let lock = format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE");
        client.batch_execute(&lock).await.unwrap();
        Self(client)
    }

    pub async fn let_go(self) {
        self.0.batch_execute("ROLLBACK").await.unwrap();
    }
}

/// Steps from the stream until one of them finds something; the reader may have to connect again first.
pub async fn until_looked_at(flusher: &Flusher, reader: &mut Reader) -> Flushed {
    let steps = async {
        loop {
            match flusher.step_from_stream(reader).await {
                Ok(flushed) if flushed.looked_at > 0 => return flushed,
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    soon(steps).await
}
