//! A dump of the database holds a thousand sealed secrets, and no seed.

use std::fmt::Write as _;

use aho_corasick::AhoCorasick;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use countersign::{auth::Place as Sealed, domain::SealedTable, store::offline::SecretKind};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};

use super::{shared, tenant};
use crate::{
    house::{Behind, House},
    story,
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = diesel::sql_types::Integer)]
    number: i32,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    sealed: Vec<u8>,
}

const ROWS: &str = "SELECT id, number, sealed FROM offline_secrets";
const ROWS_OF_POSTGRES: &str = "SELECT uuid_send(id), number, sealed FROM offline_secrets";

async fn dump(house: &House) -> (Vec<Row>, Vec<u8>) {
    match house.place.behind_the_walls() {
        Behind::File(path) => {
            let mut connection = SqliteConnection::establish(&path).unwrap();
            let rows = diesel::sql_query(ROWS).load(&mut connection).unwrap();
            let mut all = std::fs::read(&path).unwrap();
            all.extend(std::fs::read(format!("{path}-wal")).unwrap_or_default());
            (rows, all)
        }
        Behind::Superuser(url) => {
            let (client, driver) =
                tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(driver);
            let rows = client.query(ROWS_OF_POSTGRES, &[]).await.unwrap();
            let row = |row: &tokio_postgres::Row| Row {
                id: row.get(0),
                number: row.get(1),
                sealed: row.get(2),
            };
            let rows = rows.iter().map(row).collect();
            let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
            let mut all = String::new();
            for table in client.query(tables, &[]).await.unwrap() {
                let table: String = table.get(0);
                let lines = client.query(&format!("SELECT t::text FROM \"{table}\" t"), &[]).await;
                for line in lines.unwrap() {
                    writeln!(all, "{}", line.get::<_, String>(0)).unwrap();
                }
            }
            (rows, all.into_bytes())
        }
    }
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut whole = [0; 8];
        whole[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(whole);
        for index in 0..(chunk.len() * 8).div_ceil(5) {
            let at = usize::try_from(bits >> (35 - 5 * index) & 31).unwrap();
            text.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[at]));
        }
    }
    text
}

/// What a seed may look like in a dump.
fn forms_of(seed: &[u8]) -> [Vec<u8>; 7] {
    let hex: String = seed.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    [
        seed.to_vec(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        base32(&seed[..20]).into_bytes(),
        STANDARD.encode(seed).into_bytes(),
        STANDARD_NO_PAD.encode(&seed[..18]).into_bytes(),
        URL_SAFE_NO_PAD.encode(&seed[..18]).into_bytes(),
    ]
}

fn opened(house: &House, row: &Row) -> Vec<u8> {
    let place =
        Sealed { table: SealedTable::OfflineSecrets, row: &row.id, version: row.number.into() };
    house.node.context.keys.open(&place, &row.sealed).unwrap().to_vec()
}

story! {
    async fn a_dump_with_a_thousand_secrets_holds_no_seed_in_any_form(house: House) {
        let mill = tenant(&house, "Mill Lane", shared()).await;
        for _ in 0..999 {
            house.admin.rotate_offline_secrets(mill.id).await.unwrap();
        }
        let phone = house.phone_of(&house.nik).await;
        phone.fetch_codes().await.unwrap();
        let (rows, all) = dump(&house).await;
        assert_eq!(rows.len(), 1000);
        assert_eq!(SecretKind::Shared.as_str(), "shared");
        let seeds: Vec<_> = rows.iter().map(|row| opened(&house, row)).collect();
        let forms = seeds.iter().flat_map(|seed| [&seed[..20], &seed[..32]]).flat_map(forms_of);
        let forms = AhoCorasick::new(forms).unwrap();
        let planted = [&all[..], base32(&seeds[0][..20]).as_bytes()].concat();
        assert!(forms.is_match(&planted), "one that is there is found");
        assert!(!forms.is_match(&all));
    }
}
