//! The secret of a row of offline codes.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

use crate::encoding::{base64url, from_base64url};

/// A TOTP secret of 160 to 512 bits (RFC 4226 section 4, R6, recommends at least 160; more than SHA-256's block
/// of 512 would be hashed down). Wiped when dropped; its `Debug` says nothing.
///
/// It becomes text (base64url) only inside what is sealed to a workstation or handed to a phone.
#[derive(Clone, PartialEq, Eq)]
pub struct OfflineSecret(Zeroizing<Vec<u8>>);

/// A secret that is too short or too long.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an offline secret has 20 to 64 bytes")]
pub struct WrongLength;

impl OfflineSecret {
    /// A secret of these bytes, which the caller took from a generator of unpredictable ones.
    ///
    /// # Errors
    /// If there are fewer than 20 or more than 64.
    pub fn new(bytes: &[u8]) -> Result<Self, WrongLength> {
        if (20..=64).contains(&bytes.len()) {
            Ok(Self(Zeroizing::new(bytes.to_vec())))
        } else {
            Err(WrongLength)
        }
    }

    /// A secret of as many zeros as codes with SHA-1 have: stands where there is none, so that looking for
    /// nothing takes as long.
    pub(super) fn decoy() -> Self {
        Self(Zeroizing::new(vec![0; 20]))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for OfflineSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OfflineSecret(..)")
    }
}

impl Serialize for OfflineSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(base64url(&self.0)))
    }
}

impl<'de> Deserialize<'de> for OfflineSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let bytes = from_base64url(&text)
            .map(Zeroizing::new)
            .ok_or_else(|| de::Error::custom("expected base64url without padding"))?;
        Self::new(&bytes).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_below_160_bits_does_not_exist() {
        assert_eq!(OfflineSecret::new(&[1; 19]), Err(WrongLength));
        assert_eq!(OfflineSecret::new(&[1; 65]), Err(WrongLength));
        assert!(OfflineSecret::new(&[1; 20]).is_ok());
        assert!(serde_json::from_str::<OfflineSecret>(r#""AAAA""#).is_err());
    }

    #[test]
    fn a_secret_tells_nothing_of_itself() {
        let secret = OfflineSecret::new(b"12345678901234567890").expect("160 bits");
        assert_eq!(format!("{secret:?}"), "OfflineSecret(..)");
    }
}
