//! The master key ring: the one secret that is not in the database.
//!
//! The file holds one key a line, `<key id> <base64 of 32 bytes>`, with `#` comments. The first key
//! is the current one, which seals and tags; the others still open and verify what they once sealed
//! and tagged. To rotate, write a new line with a new id above the others.

mod file;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, LessSafeKey, UnboundKey},
    hkdf, hmac,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

pub use file::KeyRingError;

/// HKDF's info for the key that seals (RFC 5869 section 3.2); no label of a tag begins like it.
const SEAL: &[u8] = b"countersign/seal/v1";
/// What HKDF's info for the key of a tag begins with; the tag's label follows.
const TAG: &[u8] = b"countersign/tag/v1/";

/// The keys that seal and tag, current one first.
pub struct KeyRing {
    keys: Vec<RingKey>,
    /// The keys of each label, in the ring's order: derived once.
    tags: RwLock<HashMap<&'static str, Arc<[hmac::Key]>>>,
}

/// One key of the ring. The cryptographic library wipes its own copies when they are dropped.
pub(super) struct RingKey {
    pub(super) id: u8,
    pub(super) seal: LessSafeKey,
    secret: Zeroizing<[u8; 32]>,
}

impl KeyRing {
    /// A ring of one key with the id 1, for tests.
    #[must_use]
    pub fn from_key(key: [u8; 32]) -> Self {
        Self::of(vec![RingKey::new(1, Zeroizing::new(key))])
    }

    fn of(keys: Vec<RingKey>) -> Self {
        Self { keys, tags: RwLock::default() }
    }

    fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut keys: Vec<RingKey> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let key = RingKey::parse(line).map_err(|problem| (index + 1, problem))?;
            if keys.iter().any(|other| other.id == key.id) {
                return Err((index + 1, "this key id was used above; give each key its own"));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err((0, "holds no key; a line is a key id and the base64 of 32 bytes"));
        }
        Ok(Self::of(keys))
    }

    /// The key that seals and tags.
    pub(super) fn current(&self) -> &RingKey {
        &self.keys[0]
    }

    /// The key with this id.
    pub(super) fn key(&self, id: u8) -> Option<&RingKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// HMAC-SHA256 over the parts, each behind its length, under the current key's key for `label`.
    ///
    /// The label names what the tag is for: tags of different labels never match.
    #[must_use]
    pub fn tag(&self, label: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        let tag = authenticate(&self.tag_keys(label)[0], parts).sign();
        let mut out = [0; 32];
        out.copy_from_slice(tag.as_ref());
        out
    }

    /// Whether `tag` is the tag of the parts under `label` and any key of the ring. Takes the same
    /// time whichever bytes differ and whichever key matches.
    #[must_use]
    pub fn verify_tag(&self, label: &'static str, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.tag_keys(label).iter().fold(false, |matched, key| {
            let expected = authenticate(key, parts).sign();
            matched
                | aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_ref(), tag).is_ok()
        })
    }

    fn tag_keys(&self, label: &'static str) -> Arc<[hmac::Key]> {
        if let Some(keys) = self.tags.read().unwrap_or_else(PoisonError::into_inner).get(label) {
            return Arc::clone(keys);
        }
        let keys: Arc<[_]> = self.keys.iter().map(|key| key.tag_key(label)).collect();
        let mut tags = self.tags.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tags.entry(label).or_insert(keys))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<u8> = self.keys.iter().map(|key| key.id).collect();
        f.debug_struct("KeyRing").field("ids", &ids).finish_non_exhaustive()
    }
}

impl RingKey {
    #[allow(clippy::expect_used)]
    fn new(id: u8, secret: Zeroizing<[u8; 32]>) -> Self {
        let prk = extract(&secret);
        let key = prk.expand(&[SEAL], &AES_256_GCM).expect("HKDF-SHA256 gives 32 bytes");
        Self { id, seal: LessSafeKey::new(UnboundKey::from(key)), secret }
    }

    fn parse(line: &str) -> Result<Self, &'static str> {
        let (id, key) =
            line.split_once(char::is_whitespace).ok_or("write a key id, a space and the key")?;
        let id = id.parse().ok().filter(|id| *id != 0).ok_or("the key id must be 1 to 255")?;
        let key = STANDARD.decode(key.trim_start()).map(Zeroizing::new);
        let key = key.map_err(|_| "the key is not base64 (with padding, on one line)")?;
        let mut secret = Zeroizing::new([0; 32]);
        if key.len() != secret.len() {
            return Err("the key must have 32 bytes");
        }
        secret.copy_from_slice(&key);
        Ok(Self::new(id, secret))
    }

    #[allow(clippy::expect_used)]
    fn tag_key(&self, label: &str) -> hmac::Key {
        let prk = extract(&self.secret);
        let info = [TAG, label.as_bytes()];
        prk.expand(&info, hmac::HMAC_SHA256).expect("HKDF-SHA256 gives 32 bytes").into()
    }
}

fn extract(secret: &[u8; 32]) -> hkdf::Prk {
    hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(secret)
}

fn authenticate(key: &hmac::Key, parts: &[&[u8]]) -> hmac::Context {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context
}

#[cfg(test)]
mod tests;
