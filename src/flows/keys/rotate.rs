//! Rotating a signing key: the new one is published before it signs, the old one verifies for a while.

use std::time::Duration;

use countersign_protocol::Instant;

use super::load::{stored, word};
use crate::{
    ambient::Random,
    auth::{KeyRing, Purpose, SigningKey},
    domain::{Failure, Refusal},
    store::{Scope, Store, signing_keys},
};

/// How long a new key is published before it signs: nodes reload their keys every 30 seconds.
pub const LEAD: Duration = Duration::from_secs(90);

/// How long the old key's signatures count after the new key has begun to sign: longer than any access
/// token (15 minutes at most) and any grant live.
pub const OVERLAP: Duration = Duration::from_secs(20 * 60);

/// What a rotation did.
#[derive(Debug)]
pub struct Rotated {
    /// The new key.
    pub kid: String,
    /// From when on it signs.
    pub signs_from: Instant,
    /// From when on the older keys' signatures are refused.
    pub old_retire_at: Instant,
}

/// Makes a new key for `purpose` and sets the older ones' end.
///
/// # Errors
/// `conflict` for the installation key, which workstations pin; if the database does not answer, or another
/// rotation ran at the same time.
pub async fn rotate(
    store: &Store,
    ring: &KeyRing,
    random: &dyn Random,
    purpose: Purpose,
    now: Instant,
) -> Result<Rotated, Failure> {
    if purpose == Purpose::Installation {
        let pinned = "workstations pin the installation key: it can't be rotated by itself";
        return Err(Refusal::because(countersign_protocol::ProblemCode::Conflict, pinned).into());
    }
    let mut conn = store.within(Scope::installation()).await?;
    let rows = signing_keys::all(&mut conn).await?;
    let newest = rows.iter().filter(|row| row.purpose == word(purpose)).map(|row| row.ordinal);
    let ordinal = newest.max().unwrap_or(0) + 1;
    let signs_from = now + LEAD;
    let key = SigningKey::generate(purpose, signs_from)
        .map_err(|error| Failure::Fault(format!("no signing key: {error}")))?;
    // The new key first: a process that dies in between leaves two keys that sign, and never none.
    signing_keys::add(&mut conn, &stored(&key, ordinal, ring, random), &key.public).await?;
    let old_retire_at = signs_from + OVERLAP;
    signing_keys::retire_all_but(&mut conn, word(purpose), &key.kid, old_retire_at).await?;
    Ok(Rotated { kid: key.kid.clone(), signs_from, old_retire_at })
}
