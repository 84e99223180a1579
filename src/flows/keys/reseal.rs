//! Sealing every secret under the master key's current key, beside a service that runs.
//!
//! A row is one conditional statement: whoever changed it in the meantime has sealed it anew, and is not overwritten.
//! Cut off anywhere, it goes on where it stopped, since what is done is not found any more.

use countersign_protocol::MspId;

use crate::{
    ambient::Random,
    auth::{KeyRing, Place},
    domain::{Failure, SealedTable},
    store::{
        Scope, Store, msps,
        sealed::{self, SealedRow},
    },
};

/// Rows that are read at once.
const BATCH: i64 = 200;

/// How often the tables are gone over. What comes under an older key after the last time is another node's, which
/// does not know the current one.
const PASSES: usize = 3;

/// What was done, and what is left.
#[derive(Debug)]
pub struct Resealed {
    /// How many rows were sealed anew.
    pub done: u64,
    /// The rows that don't open, each with the reason; they stay as they are.
    pub refused: Vec<String>,
    /// How many rows are sealed under which key now.
    pub census: Vec<Under>,
}

/// Rows of a table that are sealed under one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Under {
    /// The table.
    pub table: SealedTable,
    /// The key's id.
    pub key: u8,
    /// How many.
    pub rows: u64,
}

/// Seals everything anew that is not sealed under the ring's current key. `told` hears how many rows are done, and how
/// many there were to do when it began.
///
/// # Errors
/// If the database does not answer; what was done is done.
pub async fn reseal(
    store: &Store,
    ring: &KeyRing,
    random: &dyn Random,
    told: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Resealed, Failure> {
    let current = ring.current_id();
    let left = |census: &[Under]| {
        census.iter().filter(|under| under.key != current).map(|under| under.rows).sum()
    };
    let all = left(&census(store).await?);
    let (mut done, mut refused) = (0, Vec::new());
    for _ in 0..PASSES {
        refused.clear();
        let before = done;
        for place in places(store).await? {
            let mut page = sealed::page(store, place, current, None, BATCH).await?;
            while let Some(last) = page.last() {
                for row in &page {
                    match fresh(ring, random, place.0, row) {
                        Ok(new) if sealed::exchange(store, place, row, &new).await? => done += 1,
                        Ok(_) => {}
                        Err(why) => refused.push(why),
                    }
                }
                told(done, all);
                page = sealed::page(store, place, current, Some(last), BATCH).await?;
            }
        }
        if done == before {
            break;
        }
    }
    tracing::info!(done, key = current, "secrets were sealed under the current master key");
    Ok(Resealed { done, refused, census: census(store).await? })
}

/// How many rows of each table are sealed under which key.
///
/// # Errors
/// If the database does not answer.
pub async fn census(store: &Store) -> Result<Vec<Under>, Failure> {
    let mut census: Vec<Under> = Vec::new();
    for place in places(store).await? {
        for (key, rows) in sealed::census(store, place).await? {
            let table = place.0;
            match census.iter_mut().find(|under| under.table == table && under.key == key) {
                Some(under) => under.rows += rows,
                None => census.push(Under { table, key, rows }),
            }
        }
    }
    Ok(census)
}

/// Each table, once for the installation or once for each msp.
async fn places(store: &Store) -> Result<Vec<(SealedTable, MspId)>, Failure> {
    let msps = msps::all(&mut store.across().await?).await?;
    let nobody = [Scope::installation().msp];
    let places = SealedTable::ALL.into_iter().flat_map(|table| {
        let whose = if sealed::is_of_an_msp(table) { &msps[..] } else { &nobody[..] };
        whose.iter().map(move |msp| (table, *msp)).collect::<Vec<_>>()
    });
    Ok(places.collect())
}

fn fresh(
    ring: &KeyRing,
    random: &dyn Random,
    table: SealedTable,
    row: &SealedRow,
) -> Result<Vec<u8>, String> {
    let place = Place { table, row: row.row(), version: row.version };
    let opened = ring.open(&place, &row.sealed);
    let opened = opened.map_err(|why| format!("{}, {}: {why}", table.as_str(), row.called()))?;
    Ok(ring.seal(&place, &opened, random))
}
