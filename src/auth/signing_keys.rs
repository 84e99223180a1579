//! The service's own ES256 keys, by what they sign. Keys of one purpose never verify another's
//! signatures, so that a stolen access-token key can't forge a grant.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use countersign_protocol::{Instant, P256Jwk};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use zeroize::Zeroizing;

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The key set; workstations pin this key at enrolment.
    Installation,
    /// Grants.
    Grant,
    /// Access tokens of phones and workstations.
    AccessToken,
}

/// Why a key can't be made or can't sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The bytes are no PKCS#8 of a P-256 key.
    #[error("the bytes are not the PKCS#8 form of a P-256 key")]
    NotAKey,
    /// aws-lc could not make a key.
    #[error("the cryptographic library could not make a key")]
    NotGenerated,
    /// No key of this purpose is in force.
    #[error("no key of this purpose is in force")]
    NoKey,
    /// The claims could not be written as JSON, or signing failed.
    #[error("the claims could not be signed")]
    NotSigned,
}

/// One private key and when it is in force.
pub struct SigningKey {
    /// The thumbprint of the public key (RFC 7638).
    pub kid: String,
    /// What it signs.
    pub purpose: Purpose,
    /// The private key as PKCS#8, wiped on drop. Sealed before it is stored.
    pub pkcs8: Zeroizing<Vec<u8>>,
    /// The public half.
    pub public: P256Jwk,
    /// From when on it signs. May lie ahead, so that verifiers learn of a key before they meet it.
    pub created_at: Instant,
    /// From when on its signatures are refused; a newer key has long taken over signing by then.
    pub retires_at: Option<Instant>,
}

impl SigningKey {
    /// A new key. aws-lc draws the private scalar from its own generator and takes no other, so this
    /// is the one secret in the service that does not come from [`crate::ambient::Random`].
    ///
    /// # Errors
    /// [`SigningError::NotGenerated`] if the system gives no randomness.
    pub fn generate(purpose: Purpose, created_at: Instant) -> Result<Self, SigningError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| SigningError::NotGenerated)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| SigningError::NotGenerated)?;
        let pkcs8 = Zeroizing::new(pkcs8.as_ref().to_vec());
        Self::from_pkcs8(purpose, pkcs8, created_at, None)
    }

    /// A key from its stored and unsealed bytes.
    ///
    /// # Errors
    /// [`SigningError::NotAKey`] if they are no P-256 key.
    pub fn from_pkcs8(
        purpose: Purpose,
        pkcs8: Zeroizing<Vec<u8>>,
        created_at: Instant,
        retires_at: Option<Instant>,
    ) -> Result<Self, SigningError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8)
            .map_err(|_| SigningError::NotAKey)?;
        let public = P256Jwk::from_uncompressed(pair.public_key().as_ref())
            .map_err(|_| SigningError::NotAKey)?;
        Ok(Self { kid: public.thumbprint(), purpose, pkcs8, public, created_at, retires_at })
    }

    /// Whether its signatures count at `now`.
    fn is_in_force(&self, now: Instant) -> bool {
        self.retires_at.is_none_or(|end| now < end)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("purpose", &self.purpose)
            .field("created_at", &self.created_at)
            .field("retires_at", &self.retires_at)
            .finish_non_exhaustive()
    }
}

/// The keys of this installation, as last loaded; shared by everyone who signs or verifies.
#[derive(Debug, Default)]
pub struct SigningKeys {
    ring: RwLock<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    keys: Vec<Arc<SigningKey>>,
    generation: u64,
}

impl SigningKeys {
    /// A ring of these keys.
    #[must_use]
    pub fn new(keys: Vec<SigningKey>) -> Self {
        let ring = Self::default();
        ring.replace(keys);
        ring
    }

    /// Puts these keys in the place of all others, and forgets what was verified by the old ones.
    pub fn replace(&self, keys: Vec<SigningKey>) {
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        ring.keys = keys.into_iter().map(Arc::new).collect();
        ring.generation += 1;
    }

    /// True if the ring holds these keys, with these ends, and no others.
    #[must_use]
    pub fn holds(&self, keys: &[SigningKey]) -> bool {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let same = |one: &SigningKey, other: &SigningKey| {
            one.kid == other.kid && one.retires_at == other.retires_at
        };
        ring.keys.len() == keys.len()
            && keys.iter().all(|key| ring.keys.iter().any(|held| same(held, key)))
    }

    /// How often the keys were replaced: whoever remembers what a key verified compares this.
    pub(super) fn generation(&self) -> u64 {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).generation
    }

    /// The key that signs for `purpose` at `now`: the newest that has begun and not retired.
    #[must_use]
    pub fn current(&self, purpose: Purpose, now: Instant) -> Option<Arc<SigningKey>> {
        self.in_force(purpose, now)
            .into_iter()
            .filter(|key| key.created_at <= now)
            .max_by_key(|key| key.created_at)
    }

    /// The key of this purpose and id, if its signatures count at `now`.
    #[must_use]
    pub fn by_kid(&self, purpose: Purpose, kid: &str, now: Instant) -> Option<Arc<SigningKey>> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.keys
            .iter()
            .find(|key| key.purpose == purpose && key.kid == kid && key.is_in_force(now))
            .cloned()
    }

    /// All keys of this purpose whose signatures count at `now` or will: what a key set publishes.
    #[must_use]
    pub fn in_force(&self, purpose: Purpose, now: Instant) -> Vec<Arc<SigningKey>> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let wanted = |key: &&Arc<SigningKey>| key.purpose == purpose && key.is_in_force(now);
        ring.keys.iter().filter(wanted).cloned().collect()
    }

    /// `claims` as a JWT of the type `typ`, signed by the current key of `purpose`.
    ///
    /// # Errors
    /// [`SigningError::NoKey`] if none is in force, [`SigningError::NotSigned`] if signing failed.
    pub fn sign_jwt<C: Serialize>(
        &self,
        purpose: Purpose,
        typ: &str,
        claims: &C,
        now: Instant,
    ) -> Result<String, SigningError> {
        let key = self.current(purpose, now).ok_or(SigningError::NoKey)?;
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(typ.to_owned());
        header.kid = Some(key.kid.clone());
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&key.pkcs8))
            .map_err(|_| SigningError::NotSigned)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn noon() -> Instant {
        Instant::from_unix_millis(1_795_340_460_000)
    }

    fn key(purpose: Purpose, created_at: Instant) -> SigningKey {
        SigningKey::generate(purpose, created_at).expect("a key")
    }

    #[test]
    fn a_key_read_back_from_its_bytes_is_the_same_key() {
        let made = key(Purpose::Grant, noon());
        let read = SigningKey::from_pkcs8(Purpose::Grant, made.pkcs8.clone(), noon(), None);
        assert_eq!(read.expect("the same bytes").public, made.public);
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        let read = SigningKey::from_pkcs8(Purpose::Grant, vec![0; 138].into(), noon(), None);
        assert_eq!(read.err(), Some(SigningError::NotAKey));
    }

    #[test]
    fn the_newest_key_that_has_begun_signs() {
        let (old, new) = (key(Purpose::Grant, noon() - HOUR), key(Purpose::Grant, noon()));
        let ahead = key(Purpose::Grant, noon() + HOUR);
        let expected = new.kid.clone();
        let keys = SigningKeys::new(vec![old, new, ahead]);
        let current = keys.current(Purpose::Grant, noon()).expect("two have begun");
        assert_eq!(current.kid, expected);
        assert_eq!(keys.in_force(Purpose::Grant, noon()).len(), 3);
    }

    #[test]
    fn a_key_is_found_only_for_its_own_purpose() {
        let grant = key(Purpose::Grant, noon());
        let kid = grant.kid.clone();
        let keys = SigningKeys::new(vec![grant]);
        assert!(keys.by_kid(Purpose::Grant, &kid, noon()).is_some());
        assert!(keys.by_kid(Purpose::AccessToken, &kid, noon()).is_none());
    }

    #[test]
    fn a_retired_key_neither_signs_nor_verifies() {
        let mut old = key(Purpose::AccessToken, noon() - HOUR);
        old.retires_at = Some(noon());
        let kid = old.kid.clone();
        let keys = SigningKeys::new(vec![old]);
        let just_before = noon() - Duration::from_millis(1);
        assert!(keys.by_kid(Purpose::AccessToken, &kid, just_before).is_some());
        assert!(keys.by_kid(Purpose::AccessToken, &kid, noon()).is_none());
        let signed = keys.sign_jwt(Purpose::AccessToken, "x", &(), noon());
        assert_eq!(signed.err(), Some(SigningError::NoKey));
    }

    #[test]
    fn a_private_key_never_reaches_a_log() {
        let key = key(Purpose::Installation, noon());
        assert!(!format!("{key:?}").contains("pkcs8"));
    }
}
