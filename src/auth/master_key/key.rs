//! One key of the ring, and the line that it is.

use aws_lc_rs::{
    aead::{AES_256_GCM, LessSafeKey, UnboundKey},
    constant_time::verify_slices_are_equal,
    hkdf, hmac,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// HKDF's info for the key that seals (RFC 5869 section 3.2); no label of a tag begins like it.
const SEAL: &[u8] = b"countersign/seal/v1";
/// What HKDF's info for the key of a tag begins with; the tag's label follows.
const TAG: &[u8] = b"countersign/tag/v1/";

/// One key. The cryptographic library wipes its own copies when they are dropped.
pub(in crate::auth) struct RingKey {
    pub(in crate::auth) id: u8,
    pub(in crate::auth) seal: LessSafeKey,
    secret: Zeroizing<[u8; 32]>,
}

impl RingKey {
    #[allow(clippy::expect_used)]
    pub(super) fn new(id: u8, secret: Zeroizing<[u8; 32]>) -> Self {
        let prk = extract(&secret);
        let key = prk.expand(&[SEAL], &AES_256_GCM).expect("HKDF-SHA256 gives 32 bytes");
        Self { id, seal: LessSafeKey::new(UnboundKey::from(key)), secret }
    }

    /// The key of a line; `None` if it holds a comment alone.
    pub(super) fn parse(line: &str) -> Result<Option<Self>, &'static str> {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            return Ok(None);
        }
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
        Ok(Some(Self::new(id, secret)))
    }

    /// The line of a key.
    pub(super) fn line(id: u8, secret: &[u8; 32]) -> Zeroizing<String> {
        let key = Zeroizing::new(STANDARD.encode(secret));
        Zeroizing::new(format!("{id} {}\n", &*key))
    }

    /// Whether it is the other key, and not only called alike.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.id == other.id && verify_slices_are_equal(&*self.secret, &*other.secret).is_ok()
    }

    #[allow(clippy::expect_used)]
    pub(super) fn tag_key(&self, label: &str) -> hmac::Key {
        let prk = extract(&self.secret);
        let info = [TAG, label.as_bytes()];
        prk.expand(&info, hmac::HMAC_SHA256).expect("HKDF-SHA256 gives 32 bytes").into()
    }
}

fn extract(secret: &[u8; 32]) -> hkdf::Prk {
    hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(secret)
}
