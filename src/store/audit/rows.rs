//! A batch's rows: one INSERT a table, with the same text whatever the batch's length. PostgreSQL takes columns as
//! arrays, SQLite rows as one JSON text (SQLite's json_each; ids and hashes in hexadecimal).

use countersign_protocol::{EventId, Instant, MspId, audit::Hash};
use diesel::{
    sql_query,
    sql_types::{Array, BigInt, Nullable, SmallInt, Text},
};
use diesel_async::RunQueryDsl;

use super::{Recording, heads::position};
use crate::{
    domain::Index,
    store::{
        StoreError,
        conn::by_database,
        types::{Bytes32, Id, Moment, at, id, raw, to_json},
    },
};

/// A leaf.
pub(super) struct LeafRow {
    pub(super) msp: MspId,
    pub(super) position: i64,
    pub(super) event: EventId,
    pub(super) hash: Hash,
}

/// The root of a full subtree of 256 to the `level` leaves.
pub(super) struct NodeRow {
    pub(super) msp: MspId,
    pub(super) level: u8,
    pub(super) index: u64,
    pub(super) hash: Hash,
}

/// An event as it is filed.
pub(super) struct EventRow<'a> {
    pub(super) msp: MspId,
    pub(super) position: i64,
    pub(super) recorded_at: Instant,
    pub(super) index: &'a Index,
    pub(super) body: &'a str,
}

/// Inserts the rows of a batch.
pub(super) async fn insert(
    tx: &mut Recording,
    leaves: Vec<LeafRow>,
    nodes: Vec<NodeRow>,
    events: Vec<EventRow<'_>>,
) -> Result<(), StoreError> {
    if leaves.is_empty() {
        return Ok(());
    }
    insert_leaves(tx, &leaves).await?;
    if !nodes.is_empty() {
        insert_nodes(tx, &nodes).await?;
    }
    insert_events(tx, &events).await
}

fn column<R, T>(rows: &[R], of: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

/// Hexadecimal, as SQLite's unhex reads it.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

async fn insert_leaves(tx: &mut Recording, rows: &[LeafRow]) -> Result<(), StoreError> {
    by_database!(
        &mut *tx,
        pg |c| sql_query(
            "INSERT INTO audit_leaves (msp, position, event_id, hash) \
             SELECT * FROM unnest($1, $2, $3, $4)"
        )
        .bind::<Array<Id>, _>(column(rows, |row| id(row.msp)))
        .bind::<Array<BigInt>, _>(column(rows, |row| row.position))
        .bind::<Array<Id>, _>(column(rows, |row| id(row.event)))
        .bind::<Array<Bytes32>, _>(column(rows, |row| raw(row.hash.0)))
        .execute(c),
        sqlite |c| sql_query(
            "INSERT INTO audit_leaves (msp, position, event_id, hash) \
             SELECT unhex(value->>0), value->>1, unhex(value->>2), unhex(value->>3) FROM json_each($1)"
        )
        .bind::<Text, _>(to_json(&column(rows, |row| (
            hex(row.msp.as_bytes()),
            row.position,
            hex(row.event.as_bytes()),
            hex(&row.hash.0),
        )))?)
        .execute(c)
    )?;
    Ok(())
}

async fn insert_nodes(tx: &mut Recording, rows: &[NodeRow]) -> Result<(), StoreError> {
    let positions: Result<Vec<i64>, _> = rows.iter().map(|row| position(row.index)).collect();
    let positions = positions?;
    by_database!(
        &mut *tx,
        pg |c| sql_query(
            "INSERT INTO audit_nodes (msp, level, position, hash) SELECT * FROM unnest($1, $2, $3, $4)"
        )
        .bind::<Array<Id>, _>(column(rows, |row| id(row.msp)))
        .bind::<Array<SmallInt>, _>(column(rows, |row| i16::from(row.level)))
        .bind::<Array<BigInt>, _>(positions)
        .bind::<Array<Bytes32>, _>(column(rows, |row| raw(row.hash.0)))
        .execute(c),
        sqlite |c| sql_query(
            "INSERT INTO audit_nodes (msp, level, position, hash) \
             SELECT unhex(value->>0), value->>1, value->>2, unhex(value->>3) FROM json_each($1)"
        )
        .bind::<Text, _>(to_json(&column(rows, |row| (
            hex(row.msp.as_bytes()),
            row.level,
            row.index,
            hex(&row.hash.0),
        )))?)
        .execute(c)
    )?;
    Ok(())
}

async fn insert_events(tx: &mut Recording, rows: &[EventRow<'_>]) -> Result<(), StoreError> {
    by_database!(
        &mut *tx,
        pg |c| sql_query(
            "INSERT INTO audit_events (msp, position, recorded_at, event_id, kind, outcome, tenant, technician, \
             workstation, account, sentence, body) \
             SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        )
        .bind::<Array<Id>, _>(column(rows, |row| id(row.msp)))
        .bind::<Array<BigInt>, _>(column(rows, |row| row.position))
        .bind::<Array<Moment>, _>(column(rows, |row| at(row.recorded_at)))
        .bind::<Array<Id>, _>(column(rows, |row| id(row.index.id)))
        .bind::<Array<Text>, _>(column(rows, |row| row.index.kind.as_str()))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |row| row.index.about.outcome.as_deref()))
        .bind::<Array<Nullable<Id>>, _>(column(rows, |row| row.index.tenant.map(id)))
        .bind::<Array<Nullable<Id>>, _>(column(rows, |row| row.index.about.technician.map(id)))
        .bind::<Array<Nullable<Id>>, _>(column(rows, |row| row.index.about.workstation.map(id)))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |row| row.index.about.account.as_deref()))
        .bind::<Array<Text>, _>(column(rows, |row| row.index.sentence.as_str()))
        .bind::<Array<Text>, _>(column(rows, |row| row.body))
        .execute(c),
        sqlite |c| sql_query(
            "INSERT INTO audit_events (msp, position, recorded_at, event_id, kind, outcome, tenant, technician, \
             workstation, account, sentence, body) \
             SELECT unhex(value->>0), value->>1, value->>2, unhex(value->>3), value->>4, value->>5, \
             unhex(value->>6), unhex(value->>7), unhex(value->>8), value->>9, value->>10, value->>11 \
             FROM json_each($1)"
        )
        .bind::<Text, _>(to_json(&column(rows, |row| {
            let about = &row.index.about;
            (
                hex(row.msp.as_bytes()),
                row.position,
                row.recorded_at.unix_millis(),
                hex(row.index.id.as_bytes()),
                &row.index.kind,
                &about.outcome,
                row.index.tenant.map(|id| hex(id.as_bytes())),
                about.technician.map(|id| hex(id.as_bytes())),
                about.workstation.map(|id| hex(id.as_bytes())),
                &about.account,
                &row.index.sentence,
                row.body,
            )
        }))?)
        .execute(c)
    )?;
    Ok(())
}
