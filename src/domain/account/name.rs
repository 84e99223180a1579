//! Choosing an account's name among those that were never given to anyone.

use countersign_protocol::{ProblemCode, TechnicianId, encoding::sha256};

use super::{MAX_LENGTH, preferred, stem};
use crate::domain::{Refusal, names::UserName};

/// How many names are tried before the search is given up. Of the 2^20 a technician's hashes can lead to, so many
/// in a row are taken only where `taken` is broken.
const MOST_TRIES: u32 = 1000;

/// The local account of a technician or of a tenant: 1 to 20 of `a-z 0-9 -`.
///
/// It is given once, is unique in the msp across technicians and tenants, and is never given to another, also
/// after it left every workstation: `taken` must answer for all names that the msp ever gave.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountName(String);

impl AccountName {
    /// A name, as it was stored.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || text.len() > MAX_LENGTH || !text.chars().all(allowed) {
            return Err(Refusal::because(
                ProblemCode::InvalidRequest,
                "account: 1 to 20 of a-z 0-9 -",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a technician's own account: prefix and user name; if that is too long or taken, its first 15
    /// characters, `-`, and 4 base32 characters of SHA-256 over the technician's id; and if that is taken too,
    /// of SHA-256 over the id and a count (1, 2, ..., unsigned 32-bit big-endian).
    ///
    /// # Errors
    /// `conflict` if a thousand names are taken.
    pub fn named(
        prefix: &str,
        user: &UserName,
        technician: TechnicianId,
        mut taken: impl FnMut(&str) -> bool,
    ) -> Result<Self, Refusal> {
        let stem = stem(prefix, user);
        let hashed = (0..MOST_TRIES).map(|count| hashed(&stem, technician, count));
        preferred(prefix, user)
            .into_iter()
            .chain(hashed)
            .find(|name| !taken(name))
            .map_or_else(|| Err(exhausted()), |name| Self::parse(&name))
    }

    /// The name of a tenant's shared account: prefix and four digits of `draw`, or more of them while those are
    /// taken.
    ///
    /// # Errors
    /// `conflict` if all are taken: try again with another draw.
    pub fn shared(
        prefix: &str,
        draw: u64,
        mut taken: impl FnMut(&str) -> bool,
    ) -> Result<Self, Refusal> {
        // 10^19 is the highest power of ten that a u64 holds.
        let widest = MAX_LENGTH.saturating_sub(prefix.len()).min(19);
        (4..=widest)
            .map(|width| {
                let digits = draw % 10_u64.pow(u32::try_from(width).unwrap_or(0));
                format!("{prefix}{digits:0width$}")
            })
            .find(|name| !taken(name))
            .map_or_else(|| Err(exhausted()), |name| Self::parse(&name))
    }
}

impl std::fmt::Display for AccountName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The `count`th name with a hash; of 0, the hash is over the id alone.
pub(super) fn hashed(stem: &str, technician: TechnicianId, count: u32) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567"; // RFC 4648 section 6, lower case
    let counted = count.to_be_bytes();
    let counted = if count == 0 { &[] } else { counted.as_slice() };
    let hash = sha256(&[technician.as_bytes(), counted]);
    let bits = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) >> 12;
    let suffix: String = (0..4)
        .map(|i| char::from(ALPHABET[usize::try_from(bits >> (15 - 5 * i) & 31).unwrap_or(0)]))
        .collect();
    format!("{stem}-{suffix}")
}

fn exhausted() -> Refusal {
    Refusal::because(ProblemCode::Conflict, "no account name is left")
}

#[cfg(test)]
mod tests;
