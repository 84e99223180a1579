//! A dump of the database holds secrets of every kind, all sealed: a thousand of a tenant, and some of machines, roots and
//! recovery codes.

use std::fmt::Write as _;

use aho_corasick::AhoCorasick;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use countersign::{auth::Place as Sealed, domain::SealedTable, store::offline::SecretKind};
use countersign_protocol::wire::accounts::MspSettings;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};

use super::{derived, shared, short_visit, tenant};
use crate::{
    house::{Behind, House},
    story,
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    kind: String,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = diesel::sql_types::Integer)]
    number: i32,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    sealed: Vec<u8>,
}

const ROWS: &str = "SELECT kind, id, number, sealed FROM offline_secrets \
     UNION ALL SELECT 'recovery', id, number, sealed FROM recovery_codes";
const ROWS_OF_POSTGRES: &str = "SELECT kind, uuid_send(id), number, sealed FROM offline_secrets \
     UNION ALL SELECT 'recovery', uuid_send(id), number, sealed FROM recovery_codes";

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
                kind: row.get(0),
                id: row.get(1),
                number: row.get(2),
                sealed: row.get(3),
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// What a seed may look like in a dump: its bytes, they as text, and such text in a `bytea`, which PostgreSQL writes in
/// hex. All 32 bytes hold the first 20 in each of these forms, and in base64 the first 18.
fn forms_of(seed: &[u8]) -> Vec<Vec<u8>> {
    let texts = [
        hex(seed).to_uppercase(),
        hex(seed),
        base32(seed),
        STANDARD.encode(seed),
        STANDARD_NO_PAD.encode(&seed[..18]),
        URL_SAFE_NO_PAD.encode(&seed[..18]),
    ];
    let within = texts.iter().map(|text| hex(text.as_bytes()));
    let mut forms = vec![seed.to_vec()];
    forms.extend(within.map(String::into_bytes));
    forms.extend(texts.iter().map(|text| text.as_bytes().to_vec()));
    forms
}

/// A recovery code in groups, as people read it.
fn grouped(code: &[u8]) -> Vec<u8> {
    code.chunks(5).collect::<Vec<_>>().join(&b'-')
}

fn opened(house: &House, row: &Row) -> Vec<u8> {
    let recovery = row.kind == "recovery";
    let table = if recovery { SealedTable::RecoveryCodes } else { SealedTable::OfflineSecrets };
    let place = Sealed { table, row: &row.id, version: row.number.into() };
    house.node.context.keys.open(&place, &row.sealed).unwrap().to_vec()
}

story! {
    async fn a_dump_with_a_thousand_secrets_holds_no_seed_in_any_form(house: House) {
        let mill = tenant(&house, "Mill Lane", shared()).await;
        for _ in 0..999 {
            house.admin.rotate_offline_secrets(mill.id).await.unwrap();
        }
        let forge = tenant(&house, "Forge Lane", derived()).await;
        for _ in 0..2 {
            house.admin.rotate_offline_secrets(forge.id).await.unwrap();
        }
        let phone = house.phone_of(&house.nik).await;
        let mut machines = Vec::new();
        for host_name in ["ONE", "TWO", "THREE"] {
            let at = house.workstation(host_name).await;
            short_visit(&phone, "nik", &at).await;
            machines.push(at.workstation.id());
        }
        phone.fetch_codes().await.unwrap();
        let settings = MspSettings { account_prefix: "msp-".into(), recovery_admins: 1 };
        house.admin.set_msp_settings(&settings).await.unwrap();
        let asked = house.admin.ask_for_recovery(machines[0], "storm").await.unwrap();
        let told = house.admin.recovery(asked.id).await.unwrap().code.unwrap();

        let (rows, all) = dump(&house).await;
        let count = |kind: &str| rows.iter().filter(|row| row.kind == kind).count();
        let kinds = [SecretKind::Shared, SecretKind::Named, SecretKind::Root].map(SecretKind::as_str);
        assert_eq!(kinds.map(count), [1000, 3, 3]);
        assert_eq!((count("recovery"), rows.len()), (3, 1009));
        let (codes, secrets): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.kind == "recovery");
        let codes: Vec<_> = codes.into_iter().map(|row| opened(&house, row)).collect();
        let seeds: Vec<_> = secrets.into_iter().map(|row| opened(&house, row)).collect();
        assert!(codes.iter().any(|code| grouped(code) == told.as_bytes()), "these are the codes");
        assert!(seeds.iter().all(|seed| seed.len() == 32), "so many were made, of which 20 are looked for");
        let written = codes.iter().flat_map(|code| [forms_of(code), forms_of(&grouped(code))]).flatten();
        let forms = seeds.iter().flat_map(|seed| forms_of(&seed[..20])).chain(written);
        let forms = AhoCorasick::new(forms).unwrap();
        let in_bytea = hex(STANDARD.encode(&seeds[0]).as_bytes());
        for text in [base32(&seeds[0]), in_bytea, told] {
            let planted = [&all[..], text.as_bytes()].concat();
            assert!(forms.is_match(&planted), "one that is there is found: {text}");
        }
        assert!(!forms.is_match(&all));
    }
}
