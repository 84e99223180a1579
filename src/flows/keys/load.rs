//! Loading the signing keys, and making those that are missing.

use countersign_protocol::Instant;

use crate::{
    ambient::Random,
    auth::{KeyRing, Place, Purpose, SigningKey},
    domain::{Failure, SealedTable},
    store::{
        Scope, Store, StoreError,
        signing_keys::{self, StoredKey},
    },
};

const PURPOSES: [Purpose; 3] = [Purpose::Installation, Purpose::Grant, Purpose::AccessToken];

pub(super) fn word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Installation => "installation",
        Purpose::Grant => "grant",
        Purpose::AccessToken => "access_token",
    }
}

fn place(kid: &str) -> Place<'_> {
    Place { table: SealedTable::SigningKeys, row: kid.as_bytes(), version: 1 }
}

/// The key as it is stored.
pub(super) fn stored(
    key: &SigningKey,
    ordinal: i32,
    ring: &KeyRing,
    random: &dyn Random,
) -> StoredKey {
    StoredKey {
        kid: key.kid.clone(),
        purpose: word(key.purpose).to_owned(),
        ordinal,
        sealed: ring.seal(&place(&key.kid), &key.pkcs8, random),
        created_at: key.created_at,
        retires_at: key.retires_at,
    }
}

fn opened(row: &StoredKey, ring: &KeyRing) -> Result<SigningKey, Failure> {
    let fault = |why: String| Failure::Fault(format!("signing key {}: {why}", row.kid));
    let purpose = PURPOSES
        .into_iter()
        .find(|purpose| word(*purpose) == row.purpose)
        .ok_or_else(|| fault(format!("no such purpose as {:?}", row.purpose)))?;
    let pkcs8 = ring.open(&place(&row.kid), &row.sealed).map_err(|error| {
        fault(format!("{error}; is keys.master_key_file the file that sealed this database?"))
    })?;
    SigningKey::from_pkcs8(purpose, pkcs8, row.created_at, row.retires_at)
        .map_err(|error| fault(error.to_string()))
}

/// All keys of the database.
///
/// # Errors
/// If the database does not answer, or a key can't be opened with this master key.
pub async fn load(store: &Store, ring: &KeyRing) -> Result<Vec<SigningKey>, Failure> {
    let mut conn = store.within(Scope::installation()).await?;
    let rows = signing_keys::all(&mut conn).await?;
    rows.iter().map(|row| opened(row, ring)).collect()
}

/// All keys of the database, after making the first of each purpose that has none.
///
/// # Errors
/// As [`load`].
pub async fn load_or_make(
    store: &Store,
    ring: &KeyRing,
    random: &dyn Random,
    now: Instant,
) -> Result<Vec<SigningKey>, Failure> {
    let present = load(store, ring).await?;
    for purpose in PURPOSES {
        if present.iter().any(|key| key.purpose == purpose) {
            continue;
        }
        let key = SigningKey::generate(purpose, now)
            .map_err(|error| Failure::Fault(format!("no signing key: {error}")))?;
        let mut conn = store.within(Scope::installation()).await?;
        let added = signing_keys::add(&mut conn, &stored(&key, 1, ring, random), &key.public).await;
        match added {
            Err(StoreError::Duplicate(_)) => {} // another node was faster: its key is loaded below
            result => result?,
        }
    }
    load(store, ring).await
}
