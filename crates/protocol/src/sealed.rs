//! Secrets on their way to one workstation: HPKE (RFC 9180) in base mode to the P-256 key that it enrolled with,
//! with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM.
//!
//! ```text
//! info = lp("countersign/state/v1") || lp(tenant) || lp(workstation)
//! aad  = lp(version)
//! ```
//!
//! with `lp` as in [`crate::Statement`], ids as their 16 raw bytes and the state document's version as an
//! unsigned 64-bit big-endian number. What is sealed for one workstation, tenant or version opens as no other.
//! Base mode says nothing about who sealed it: the workstation believes it because of the connection it came by.

use std::convert::Infallible;

use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable,
    aead::AesGcm128,
    kdf::HkdfSha256,
    kem::DhP256HkdfSha256,
    rand_core::{TryCryptoRng, TryRng},
    single_shot_open, single_shot_seal_with_rng,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

use crate::{
    Bytes, P256Jwk, TenantId, WorkstationId,
    encoding::{base64url, from_base64url, push_field, sha256},
};

/// Which state document of which workstation a sealed part belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The workstation's tenant.
    pub tenant: TenantId,
    /// The workstation.
    pub workstation: WorkstationId,
    /// The document's version.
    pub version: u64,
}

/// What only the workstation can open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The encapsulated key: an uncompressed point of P-256, base64url.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub enc: Bytes<65>,
    /// The ciphertext with its tag of 16 bytes, base64url.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub ciphertext: Ciphertext,
}

/// Bytes of any length that travel as base64url text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ciphertext(pub Vec<u8>);

/// Sealing failed: the key is none of the curve, or the text is longer than AES-GCM takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing can be sealed to this key")]
pub struct NotSealed;

/// Not sealed to this key, or for another workstation, tenant or version, or changed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not sealed for this workstation and version")]
pub struct NotOurs;

/// A workstation's private encryption key, where it is kept in software. A TPM does the same by its own ECDH.
pub struct OpeningKey(<DhP256HkdfSha256 as Kem>::PrivateKey);

impl OpeningKey {
    /// The key of this secret scalar, 32 bytes big-endian (RFC 9180 section 7.1.2).
    ///
    /// # Errors
    /// [`NotOurs`] if it is zero or not below the curve's order.
    pub fn new(scalar: &[u8; 32]) -> Result<Self, NotOurs> {
        Deserializable::from_bytes(scalar).map(Self).map_err(|_| NotOurs)
    }
}

impl std::fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpeningKey(..)")
    }
}

impl Binding {
    fn info(&self) -> Vec<u8> {
        let mut info = Vec::with_capacity(64);
        push_field(&mut info, b"countersign/state/v1");
        push_field(&mut info, self.tenant.as_bytes());
        push_field(&mut info, self.workstation.as_bytes());
        info
    }

    fn aad(&self) -> Vec<u8> {
        let mut aad = Vec::with_capacity(10);
        push_field(&mut aad, &self.version.to_be_bytes());
        aad
    }

    /// Seals `plain` to a workstation's encryption key. `seed` is 32 unpredictable bytes that are used for
    /// nothing else: the ephemeral key follows from them alone.
    ///
    /// # Errors
    /// [`NotSealed`].
    pub fn seal(
        &self,
        key: &P256Jwk,
        plain: &[u8],
        seed: Zeroizing<[u8; 32]>,
    ) -> Result<Sealed, NotSealed> {
        seal(key, &self.info(), &self.aad(), plain, seed)
    }

    /// What was sealed for this workstation, tenant and version.
    ///
    /// # Errors
    /// [`NotOurs`].
    pub fn open(&self, key: &OpeningKey, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, NotOurs> {
        open(key, &self.info(), &self.aad(), sealed)
    }
}

fn seal(
    key: &P256Jwk,
    info: &[u8],
    aad: &[u8],
    plain: &[u8],
    seed: Zeroizing<[u8; 32]>,
) -> Result<Sealed, NotSealed> {
    let key = Deserializable::from_bytes(&key.uncompressed()).map_err(|_| NotSealed)?;
    let mut seed = Seed { seed, filled: 0 };
    let (enc, ciphertext) = single_shot_seal_with_rng::<AesGcm128, HkdfSha256, DhP256HkdfSha256>(
        &OpModeS::Base,
        &key,
        info,
        plain,
        aad,
        &mut seed,
    )
    .map_err(|_| NotSealed)?;
    let enc = Bytes(enc.to_bytes().into());
    Ok(Sealed { enc, ciphertext: Ciphertext(ciphertext) })
}

fn open(
    key: &OpeningKey,
    info: &[u8],
    aad: &[u8],
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, NotOurs> {
    let enc = Deserializable::from_bytes(&sealed.enc.0).map_err(|_| NotOurs)?;
    single_shot_open::<AesGcm128, HkdfSha256, DhP256HkdfSha256>(
        &OpModeR::Base,
        &key.0,
        &enc,
        info,
        &sealed.ciphertext.0,
        aad,
    )
    .map(Zeroizing::new)
    .map_err(|_| NotOurs)
}

/// Gives the seed to whoever asks for randomness first. HPKE asks once, for the 32 bytes of `ikmE` (RFC 9180
/// section 4); who asked for more would get SHA-256 of the seed and a count, never the same bytes twice.
struct Seed {
    seed: Zeroizing<[u8; 32]>,
    filled: u64,
}

impl TryRng for Seed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for part in out.chunks_mut(32) {
            let bytes = match self.filled {
                0 => self.seed.clone(),
                count => Zeroizing::new(sha256(&[self.seed.as_slice(), &count.to_be_bytes()])),
            };
            part.copy_from_slice(&bytes[..part.len()]);
            self.filled += 1;
        }
        Ok(())
    }
}

impl TryCryptoRng for Seed {}

impl Serialize for Ciphertext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url(&self.0))
    }
}

impl<'de> Deserialize<'de> for Ciphertext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        from_base64url(&text)
            .map(Self)
            .ok_or_else(|| de::Error::custom("expected base64url without padding"))
    }
}

#[cfg(test)]
mod tests;
