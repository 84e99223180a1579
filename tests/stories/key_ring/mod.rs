//! The master key is rotated while everybody works, and nothing is lost.

mod load;
mod reseal;
mod rotation;

use std::path::PathBuf;

use countersign::{
    ambient::SystemRandom,
    auth::{KeyRing, Place as Sealed},
    domain::SealedTable,
    flows::keys::{self, Resealed},
    store::{msps, sealed},
};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_types};

use crate::house::{Behind, House};

/// Where the nodes' master key is.
fn ring_file(house: &House) -> PathBuf {
    let settings = &house.node.context.settings;
    settings.keys.master_key_path(&settings.data)
}

/// Seals everything under the current key of the file, as the command does.
async fn resealed(house: &House) -> Resealed {
    let ring = KeyRing::load(&ring_file(house)).unwrap();
    let store = &house.node.context.store;
    keys::reseal(store, &ring, &SystemRandom::new(), &mut |_, _| ()).await.unwrap()
}

/// How many rows are under which key.
async fn under(house: &House, key: u8) -> u64 {
    let census = keys::census(&house.node.context.store).await.unwrap();
    let of_key = |under: &&keys::Under| under.key == key;
    census.iter().filter(of_key).map(|under| under.rows).sum()
}

/// Opens every sealed value of the database with the file's ring; how many there are.
async fn all_open(house: &House) -> usize {
    let ring = KeyRing::load(&ring_file(house)).unwrap();
    let store = &house.node.context.store;
    let msps = msps::all(&mut store.across().await.unwrap()).await.unwrap();
    let mut opened = 0;
    for table in SealedTable::ALL {
        for msp in msps.iter().copied().take(if sealed::is_of_an_msp(table) { 1000 } else { 1 }) {
            // No key has the id 0.
            for row in sealed::page(store, (table, msp), 0, None, i64::MAX).await.unwrap() {
                let place = Sealed { table, row: row.row(), version: row.version };
                ring.open(&place, &row.sealed)
                    .unwrap_or_else(|why| panic!("{}, {}: {why}", table.as_str(), row.called()));
                opened += 1;
            }
        }
    }
    opened
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = sql_types::Binary)]
    sealed: Vec<u8>,
}

/// Every value of every column `sealed` or `old_sealed` that the database has, with its table and column, past the
/// walls.
async fn dumped(house: &House) -> Vec<(String, Vec<u8>)> {
    let mut values = Vec::new();
    match house.place.behind_the_walls() {
        Behind::File(path) => {
            let mut connection = SqliteConnection::establish(&path).unwrap();
            let tables =
                "SELECT m.name || '.' || c.name AS name FROM sqlite_master AS m, pragma_table_info(m.name) AS c
                 WHERE m.type = 'table' AND c.name IN ('sealed', 'old_sealed')";
            let tables: Vec<Named> = diesel::sql_query(tables).load(&mut connection).unwrap();
            for Named { name } in tables {
                let query = values_of(&name);
                let rows: Vec<Value> = diesel::sql_query(query).load(&mut connection).unwrap();
                values.extend(rows.into_iter().map(|row| (name.clone(), row.sealed)));
            }
        }
        Behind::Superuser(url) => {
            let (client, driver) =
                tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(driver);
            let tables = "SELECT table_name || '.' || column_name FROM information_schema.columns
                 WHERE table_schema = 'public' AND column_name IN ('sealed', 'old_sealed')";
            for table in client.query(tables, &[]).await.unwrap() {
                let name: String = table.get(0);
                let rows = client.query(&values_of(&name), &[]).await.unwrap();
                values.extend(rows.iter().map(|row| (name.clone(), row.get(0))));
            }
        }
    }
    values
}

fn values_of(name: &str) -> String {
    let (table, column) = name.split_once('.').unwrap();
    format!("SELECT {column} AS sealed FROM {table} WHERE length({column}) > 0")
}
