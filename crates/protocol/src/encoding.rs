//! Two small encodings that signatures and wire share.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Base64url without padding (RFC 4648 section 5), strict: padding and non-zero trailing bits are refused.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes from strict base64url; `None` for anything else.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Appends `lp(field)`: the length as an unsigned 16-bit big-endian number, then the bytes.
///
/// A field longer than 65,535 bytes can't be written apart from another; callers bound their fields
/// far below, and one that does not is cut to nothing that verifies: its length is written as 65,535
/// and its bytes as their SHA-256.
pub(crate) fn push_field(out: &mut Vec<u8>, field: &[u8]) {
    match u16::try_from(field.len()) {
        Ok(length) if length < u16::MAX => {
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(field);
        }
        _ => {
            out.extend_from_slice(&u16::MAX.to_be_bytes());
            out.extend_from_slice(&sha256(&[field]));
        }
    }
}

/// SHA-256 over the parts, one after the other.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// `N` bytes that travel as base64url text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"))]
pub struct Bytes<const N: usize>(pub [u8; N]);

/// A 32-byte nonce.
pub type Nonce = Bytes<32>;

impl<const N: usize> std::fmt::Debug for Bytes<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&base64url(&self.0))
    }
}

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        from_base64url(&text).and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or_else(|| {
            de::Error::custom(format!("expected {N} bytes as base64url without padding"))
        })
    }
}
