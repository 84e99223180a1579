//! Secrets at rest: readable only with the master key, and only in the place they were sealed for.
//!
//! A sealed value is `01`, the key id (1 byte), a nonce (12 bytes), and AES-256-GCM's ciphertext with
//! its tag (16 bytes). Nonces are random, so one key seals at most 2^32 values (NIST SP 800-38D
//! section 8.3): far more than the keys and secrets of an installation.

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use zeroize::Zeroizing;

use super::KeyRing;
use crate::{ambient::Random, domain::SealedTable};

/// The version of the format above.
const VERSION: u8 = 1;
/// Version and key id.
const HEADER: usize = 2;

/// Where a sealed value stands. It opens nowhere else, so that someone who can write to the database
/// can't move one secret into another's row, or put back an older one of the same row.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The table.
    pub table: SealedTable,
    /// The row's id.
    pub row: &'a [u8],
    /// The row's version when this was sealed.
    pub version: i64,
}

/// A sealed value that doesn't open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too short, or of a format that this program doesn't know.
    #[error("the sealed value has an unknown format")]
    Format,
    /// Sealed with a key that is not in the ring.
    #[error(
        "the sealed value needs the key {0}, which is not in the master key ring; put its line back"
    )]
    UnknownKey(u8),
    /// Changed, sealed for another place, or sealed with another key of the same id.
    #[error("the sealed value was changed, moved, or sealed with another master key")]
    Refused,
}

impl KeyRing {
    /// Seals `plaintext` for `place` with the current key.
    #[must_use]
    #[allow(clippy::expect_used)]
    pub fn seal(&self, place: &Place<'_>, plaintext: &[u8], random: &dyn Random) -> Vec<u8> {
        let keys = self.keys();
        let key = keys.current();
        let header = [VERSION, key.id];
        let nonce: [u8; NONCE_LEN] = random.bytes();
        // Room for the tag too: a buffer that grows would leave plaintext behind.
        let mut sealed = Vec::with_capacity(
            HEADER + NONCE_LEN + plaintext.len() + key.seal.algorithm().tag_len(),
        );
        sealed.extend_from_slice(&header);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plaintext);
        let tag = key
            .seal
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                associated(header, place),
                &mut sealed[HEADER + NONCE_LEN..],
            )
            .expect("AES-GCM seals anything shorter than 64 GiB");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Opens what was sealed for `place`, with whichever key of the ring sealed it.
    ///
    /// # Errors
    /// If it was changed or sealed for another place, or its key is not in the ring.
    pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (header, rest) = sealed.split_first_chunk::<HEADER>().ok_or(SealError::Format)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Format)?;
        let [VERSION, id] = *header else {
            return Err(SealError::Format);
        };
        let keys = self.keys();
        let key = keys.key(id).ok_or(SealError::UnknownKey(id))?;
        let mut opened = Zeroizing::new(ciphertext.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = key
            .seal
            .open_in_place(nonce, associated(*header, place), &mut opened)
            .map_err(|_| SealError::Refused)?
            .len();
        opened.truncate(length);
        Ok(opened)
    }
}

/// The associated data: what the value is, how it was sealed, and where it stands, each field of
/// changing length behind its length.
fn associated(header: [u8; HEADER], place: &Place<'_>) -> Aad<Vec<u8>> {
    let mut data = b"countersign/seal/v1".to_vec();
    data.extend_from_slice(&header);
    for field in [place.table.as_str().as_bytes(), place.row] {
        data.extend_from_slice(&(field.len() as u64).to_be_bytes());
        data.extend_from_slice(field);
    }
    data.extend_from_slice(&place.version.to_be_bytes());
    Aad::from(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemRandom;

    const PLACE: Place<'_> = Place { table: SealedTable::SigningKeys, row: b"row", version: 7 };

    fn ring() -> KeyRing {
        KeyRing::from_key([7; 32])
    }

    fn sealed(text: &[u8]) -> Vec<u8> {
        ring().seal(&PLACE, text, &SystemRandom::new())
    }

    #[test]
    fn what_was_sealed_opens_in_its_place() {
        for text in [&b""[..], b"a secret", &[0; 4096]] {
            let sealed = sealed(text);
            assert_eq!(sealed.len(), 2 + 12 + text.len() + 16);
            assert_eq!(ring().open(&PLACE, &sealed).unwrap().as_slice(), text);
        }
    }

    #[test]
    fn a_secret_seals_differently_each_time_and_never_shows() {
        let (one, two) = (sealed(b"a secret"), sealed(b"a secret"));
        assert_ne!(one, two);
        assert!(!one.windows(8).any(|window| window == b"a secret"));
    }

    #[test]
    fn a_change_of_any_byte_is_refused() {
        let sealed = sealed(b"a secret");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(ring().open(&PLACE, &changed).is_err(), "byte {index}");
        }
    }

    #[test]
    fn a_part_of_a_sealed_value_is_refused() {
        let sealed = sealed(b"a secret");
        for length in 0..sealed.len() {
            assert!(ring().open(&PLACE, &sealed[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_sealed_value_opens_in_no_other_place() {
        let sealed = sealed(b"a secret");
        for place in [
            Place { table: SealedTable::OfflineSecrets, ..PLACE },
            Place { row: b"other", ..PLACE },
            Place { version: 6, ..PLACE },
        ] {
            assert_eq!(ring().open(&place, &sealed), Err(SealError::Refused), "{place:?}");
        }
    }

    #[test]
    fn another_master_key_of_the_same_id_opens_nothing() {
        let other = KeyRing::from_key([8; 32]);
        assert_eq!(other.open(&PLACE, &sealed(b"a secret")), Err(SealError::Refused));
    }

    #[test]
    fn a_key_that_is_not_in_the_ring_is_named() {
        let mut sealed = sealed(b"a secret");
        sealed[1] = 9;
        assert_eq!(ring().open(&PLACE, &sealed), Err(SealError::UnknownKey(9)));
    }

    /// Made with Python's `cryptography`, so that a change of the format does not pass unseen.
    #[test]
    fn the_format_is_the_one_that_databases_already_hold() {
        let stored = countersign_protocol::encoding::from_base64url(STORED).unwrap();
        assert_eq!(ring().open(&PLACE, &stored).unwrap().as_slice(), b"a secret");
    }

    const STORED: &str = "AQEAAQIDBAUGBwgJCgtYpT48PvQt0eJQiVwLCu0uzWlbO4YXBT4";
}
