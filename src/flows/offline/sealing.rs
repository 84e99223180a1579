//! Offline secrets at rest: sealed for their own row, so that none opens in another's place.

use countersign_protocol::{
    SecretId,
    offline::{OfflineSecret, TenantRoot},
};
use zeroize::Zeroizing;

use crate::{
    ambient::Random,
    auth::{KeyRing, Place},
    domain::{Failure, SealedTable},
    store::offline::SecretRow,
};

fn place(secret: &SecretId, number: u32) -> Place<'_> {
    Place { table: SealedTable::OfflineSecrets, row: secret.as_bytes(), version: i64::from(number) }
}

/// Fresh bytes of a secret, and the same sealed.
pub(super) fn fresh(keys: &KeyRing, random: &dyn Random, secret: SecretId, number: u32) -> Vec<u8> {
    // 32 bytes, whatever the algorithm: a tenant may change it. SHA-1 takes the first 20 of them (RFC 4226 asks for
    // 160 bits).
    let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(random.bytes());
    keys.seal(&place(&secret, number), bytes.as_slice(), random)
}

fn opened(keys: &KeyRing, row: &SecretRow) -> Result<Zeroizing<Vec<u8>>, Failure> {
    keys.open(&place(&row.id, row.number()), &row.sealed)
        .map_err(|error| Failure::Fault(format!("offline secret {}: {error}", row.id)))
}

/// The secret of a row, as long as the algorithm asks for.
pub(super) fn secret(
    keys: &KeyRing,
    row: &SecretRow,
    length: usize,
) -> Result<OfflineSecret, Failure> {
    let bytes = opened(keys, row)?;
    let short = || Failure::Fault(format!("offline secret {} is too short", row.id));
    OfflineSecret::new(bytes.get(..length).ok_or_else(short)?).map_err(|_| short())
}

/// The root of a row.
pub(super) fn root(keys: &KeyRing, row: &SecretRow) -> Result<TenantRoot, Failure> {
    let bytes = opened(keys, row)?;
    let root = <[u8; 32]>::try_from(bytes.as_slice())
        .map_err(|_| Failure::Fault(format!("root {} has not 32 bytes", row.id)))?;
    Ok(TenantRoot::new(root))
}
