//! The master key ring: the one secret that is not in the database.
//!
//! The file holds one key a line, `<key id> <base64 of 32 bytes>`, with `#` comments. The first key
//! is the current one, which seals and tags; the others still open and verify what they once sealed
//! and tagged, or what another node does that has made them current already. A running service reads
//! the file again when it is told to: a new key is added below the others first, and made current once
//! every node has it.

mod change;
mod file;
mod key;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::hmac;

pub use file::KeyRingError;
use key::RingKey;

/// The keys that seal and tag.
pub struct KeyRing {
    keys: RwLock<Arc<Keys>>,
}

/// The keys as they were last read, current one first.
pub(super) struct Keys {
    ring: Vec<RingKey>,
    /// The keys of each label, in the ring's order: derived once.
    tags: RwLock<HashMap<&'static str, Arc<[hmac::Key]>>>,
}

impl KeyRing {
    /// A ring of one key with the id 1, for tests.
    #[must_use]
    pub fn from_key(key: [u8; 32]) -> Self {
        Self::of(vec![RingKey::new(1, zeroize::Zeroizing::new(key))])
    }

    fn of(ring: Vec<RingKey>) -> Self {
        Self { keys: RwLock::new(Arc::new(Keys { ring, tags: RwLock::default() })) }
    }

    fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut keys: Vec<RingKey> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let Some(key) = RingKey::parse(line).map_err(|problem| (index + 1, problem))? else {
                continue;
            };
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

    /// The keys as they are now: a statement, or a batch, is made with one set of them.
    pub(super) fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keys' ids, the current one first.
    #[must_use]
    pub fn ids(&self) -> Vec<u8> {
        self.keys().ring.iter().map(|key| key.id).collect()
    }

    /// The id of the key that seals and tags.
    #[must_use]
    pub fn current_id(&self) -> u8 {
        self.keys().current().id
    }

    /// HMAC-SHA256 over the parts, each behind its length, under the current key's key for `label`.
    ///
    /// The label names what the tag is for: tags of different labels never match.
    #[must_use]
    pub fn tag(&self, label: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        signed(&self.keys().tag_keys(label)[0], parts)
    }

    /// The same under every key of the ring, the current one first: what was derived before a rotation, or is
    /// by a node that knows of it already.
    #[must_use]
    pub fn tags(&self, label: &'static str, parts: &[&[u8]]) -> Vec<[u8; 32]> {
        self.keys().tag_keys(label).iter().map(|key| signed(key, parts)).collect()
    }

    /// Whether `tag` is the tag of the parts under `label` and any key of the ring. Takes the same
    /// time whichever bytes differ and whichever key matches.
    #[must_use]
    pub fn verify_tag(&self, label: &'static str, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.tags(label, parts).iter().fold(false, |matched, expected| {
            matched | aws_lc_rs::constant_time::verify_slices_are_equal(expected, tag).is_ok()
        })
    }
}

impl Keys {
    /// The key that seals and tags.
    pub(super) fn current(&self) -> &RingKey {
        &self.ring[0]
    }

    /// The key with this id.
    pub(super) fn key(&self, id: u8) -> Option<&RingKey> {
        self.ring.iter().find(|key| key.id == id)
    }

    fn tag_keys(&self, label: &'static str) -> Arc<[hmac::Key]> {
        if let Some(keys) = self.tags.read().unwrap_or_else(PoisonError::into_inner).get(label) {
            return Arc::clone(keys);
        }
        let keys: Arc<[_]> = self.ring.iter().map(|key| key.tag_key(label)).collect();
        let mut tags = self.tags.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tags.entry(label).or_insert(keys))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("ids", &self.ids()).finish_non_exhaustive()
    }
}

fn signed(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut tag = [0; 32];
    tag.copy_from_slice(context.sign().as_ref());
    tag
}

#[cfg(test)]
mod tests;
