//! The whole log of an msp, read past the walls and checked from the ground: numbers without gaps, hashes of the
//! bodies, the tree's head and nodes, checkpoints and their signatures.

use std::collections::BTreeMap;

use countersign::domain::Event;
use countersign_protocol::{
    Instant, MspId,
    audit::{Checkpoint, Frontier, Hash, LogKey, entry, leaf_hash},
};
use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    sql_types::{BigInt, Binary, Text},
};

use crate::house::{Behind, House, Place};

/// An entry as it stands there.
pub struct Entry {
    /// Its position.
    pub position: i64,
    /// When it was recorded, in Unix milliseconds.
    pub recorded_at: i64,
    /// The event.
    pub event: Event,
    /// Its text.
    pub body: String,
    /// Its leaf's hash.
    pub hash: Vec<u8>,
}

/// The log of an msp.
pub struct Log {
    /// In the order of their positions.
    pub entries: Vec<Entry>,
    /// The head's size.
    pub size: u64,
    /// The head's right edge.
    pub edge: Vec<u8>,
    /// Roots of full subtrees, by level and index.
    pub nodes: BTreeMap<(i64, i64), Vec<u8>>,
    /// The signed heads, oldest first.
    pub notes: Vec<String>,
    /// The origins, oldest first: number, size when it began, name.
    pub origins: Vec<(i64, i64, String)>,
    /// The keys, by their names.
    pub keys: BTreeMap<String, LogKey>,
    /// Texts that still wait in the outbox.
    pub waiting: Vec<String>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    one: i64,
    #[diesel(sql_type = BigInt)]
    two: i64,
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = Binary)]
    bytes: Vec<u8>,
}

/// One reading of the tables, all of it as of one moment.
enum Reading {
    File(SqliteConnection),
    Superuser(tokio_postgres::Client),
}

impl Reading {
    async fn begin(place: &Place) -> Self {
        match place.behind_the_walls() {
            Behind::File(path) => {
                let mut connection = SqliteConnection::establish(&path).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 5000; BEGIN").unwrap();
                Self::File(connection)
            }
            Behind::Superuser(url) => {
                let (client, driver) =
                    tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(driver);
                client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.unwrap();
                Self::Superuser(client)
            }
        }
    }

    /// Two numbers, a text and bytes a row. The msp is written as `{msp}`, Unix milliseconds of an instant as
    /// `{ms:x}`.
    async fn rows(&mut self, msp: MspId, sql: &str) -> Vec<(i64, i64, String, Vec<u8>)> {
        match self {
            Self::File(connection) => {
                let literal = format!("x'{}'", msp.0.simple());
                let sql = sql.replace("{msp}", &literal).replace("{ms:recorded_at}", "recorded_at");
                let rows = diesel::sql_query(sql).load::<Row>(connection).unwrap();
                rows.into_iter().map(|row| (row.one, row.two, row.text, row.bytes)).collect()
            }
            Self::Superuser(client) => {
                let millis = "(extract(epoch FROM recorded_at) * 1000)::bigint";
                let sql = sql.replace("{msp}", &format!("'{msp}'"));
                let sql = sql.replace("{ms:recorded_at}", millis);
                let sql = format!(
                    "SELECT one::bigint, two::bigint, text::text, bytes::bytea FROM ({sql}) AS found"
                );
                let rows = client.query(&sql, &[]).await.unwrap();
                rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
            }
        }
    }
}

impl Log {
    /// Brings everything that was decided into the log, signs its head, and reads it.
    pub async fn flushed(house: &House) -> Self {
        house.flush().await;
        Self::read(&house.place, house.msp).await
    }

    /// Reads the log as it is.
    pub async fn read(place: &Place, msp: MspId) -> Self {
        let mut reading = Reading::begin(place).await;
        let entries = reading.rows(
            msp,
            "SELECT l.position AS one, {ms:recorded_at} AS two, e.body AS text, l.hash AS bytes \
             FROM audit_leaves l JOIN audit_events e ON e.msp = l.msp AND e.position = l.position \
             AND e.event_id = l.event_id WHERE l.msp = {msp} ORDER BY l.position",
        )
        .await;
        let entry = |(position, recorded_at, body, hash): (i64, i64, String, Vec<u8>)| Entry {
            position,
            recorded_at,
            event: serde_json::from_str(&body).unwrap(),
            body,
            hash,
        };
        let head = "SELECT size AS one, 0 AS two, '' AS text, frontier AS bytes FROM audit_logs WHERE msp = {msp}";
        let head = reading.rows(msp, head).await;
        let (size, _, _, edge) = head.into_iter().next().unwrap_or_default();
        let nodes = "SELECT level AS one, position AS two, '' AS text, hash AS bytes FROM audit_nodes WHERE msp = {msp}";
        let notes = "SELECT size AS one, generation AS two, note AS text, frontier AS bytes FROM audit_checkpoints \
             JOIN audit_logs USING (msp) WHERE msp = {msp} ORDER BY generation, size";
        let notes = notes.replace("SELECT size", "SELECT audit_checkpoints.size");
        let notes = notes.replace("ORDER BY generation, size", "ORDER BY 2, 1");
        let keys = "SELECT generation AS one, from_size AS two, name AS text, public_key AS bytes FROM audit_origins WHERE msp = {msp} ORDER BY generation";
        let found = reading.rows(msp, keys).await;
        let origins = found.iter().map(|row| (row.0, row.1, row.2.clone())).collect();
        let keys = found.into_iter().map(|(_, _, name, key)| {
            let key = LogKey::new(&name, key.try_into().unwrap()).unwrap();
            (name, key)
        });
        let waiting =
            "SELECT 0 AS one, 0 AS two, body AS text, id AS bytes FROM outbox WHERE msp = {msp}";
        let waiting = match place.behind_the_walls() {
            Behind::File(_) => waiting.to_owned(),
            Behind::Superuser(_) => waiting.replace("id AS bytes", "''::bytea AS bytes"),
        };
        Self {
            entries: entries.into_iter().map(entry).collect(),
            size: u64::try_from(size).unwrap(),
            edge,
            nodes: reading
                .rows(msp, nodes)
                .await
                .into_iter()
                .map(|(l, i, _, h)| ((l, i), h))
                .collect(),
            notes: reading.rows(msp, &notes).await.into_iter().map(|row| row.2).collect(),
            origins,
            keys: keys.collect(),
            waiting: reading.rows(msp, &waiting).await.into_iter().map(|row| row.2).collect(),
        }
    }

    /// The root of the first `size` entries, computed from the bodies.
    pub fn root(&self, size: u64) -> Hash {
        let mut frontier = Frontier::default();
        for entry in &self.entries[..usize::try_from(size).unwrap()] {
            frontier.push(entry.leaf(), |_, _, _| {});
        }
        frontier.root()
    }

    /// Everything that holds of a sound log.
    pub fn is_sound(&self) {
        let mut frontier = Frontier::default();
        let mut nodes = BTreeMap::new();
        let mut before = i64::MIN;
        let mut seen = std::collections::HashSet::new();
        for (position, entry) in (0_i64..).zip(&self.entries) {
            assert_eq!(entry.position, position, "positions have no gaps");
            assert!(entry.recorded_at >= before, "recording goes forward");
            before = entry.recorded_at;
            assert!(seen.insert(entry.event.id), "{} stands there twice", entry.event.id);
            let leaf = entry.leaf();
            assert_eq!(leaf.0.as_slice(), entry.hash, "the leaf is the body's hash");
            frontier.push(leaf, |level, index, hash| {
                nodes.insert((i64::from(level), i64::try_from(index).unwrap()), hash.0.to_vec());
            });
        }
        assert_eq!((self.size, &self.edge), (frontier.size(), &frontier.to_bytes()));
        assert_eq!(self.nodes, nodes);
        for note in &self.notes {
            let checkpoint = self.opened(note);
            assert_eq!(checkpoint.root, self.root(checkpoint.size), "{note}");
        }
    }

    /// A note that one of the log's keys has signed.
    pub fn opened(&self, note: &str) -> Checkpoint {
        let (origin, _) = note.split_once('\n').unwrap();
        self.keys[origin].open(note).unwrap()
    }
}

impl Entry {
    /// The hash of its bytes.
    pub fn leaf(&self) -> Hash {
        let recorded_at = Instant::from_unix_millis(self.recorded_at);
        leaf_hash(&entry(recorded_at, &self.body).unwrap())
    }
}
