//! The nonce of signing in again. It is no row but a tagged statement of when it ends, for one phone and
//! its key: whoever asks for options leaves nothing behind in the database.

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use countersign_protocol::{Bytes, DeviceId, Instant, Nonce, encoding::sha256};

use super::KeyRing;
use crate::ambient::Random;

const LABEL: &str = "countersign/sign-in-nonce/v1";

/// How long a nonce lives.
pub const LIFETIME: Duration = Duration::from_secs(120);

/// A nonce for this phone and key, and when it ends: 8 bytes of that instant in Unix milliseconds, 8
/// random ones, and the first 16 of the key ring's tag over both, the phone and its key.
#[must_use]
pub fn make(
    keys: &KeyRing,
    device: DeviceId,
    jkt: &str,
    now: Instant,
    random: &dyn Random,
) -> (Nonce, Instant) {
    let expires_at = now + LIFETIME;
    let mut nonce = [0; 32];
    nonce[..8].copy_from_slice(&expires_at.unix_millis().to_be_bytes());
    nonce[8..16].copy_from_slice(&random.bytes::<8>());
    let tag = keys.tag(LABEL, &told(&nonce, device.as_bytes(), jkt));
    nonce[16..].copy_from_slice(&tag[..16]);
    (Bytes(nonce), expires_at)
}

/// When the nonce was made, if it was made here for this phone and key and has not ended at `now`.
#[must_use]
pub fn made_at(
    keys: &KeyRing,
    nonce: &Nonce,
    device: DeviceId,
    jkt: &str,
    now: Instant,
) -> Option<Instant> {
    let tags = keys.tags(LABEL, &told(&nonce.0, device.as_bytes(), jkt));
    let ours = |tag: &[u8; 32]| verify_slices_are_equal(&tag[..16], &nonce.0[16..]).is_ok();
    tags.iter().any(ours).then_some(())?;
    let (millis, _) = nonce.0.split_first_chunk::<8>()?;
    let expires_at = Instant::from_unix_millis(i64::from_be_bytes(*millis));
    (now < expires_at).then(|| expires_at - LIFETIME)
}

/// What the replay cache keeps of a nonce.
#[must_use]
pub fn replay_key(nonce: &Nonce) -> [u8; 32] {
    sha256(&[LABEL.as_bytes(), &nonce.0])
}

/// What the tag of a nonce is over.
fn told<'a>(nonce: &'a [u8; 32], device: &'a [u8], jkt: &'a str) -> [&'a [u8]; 3] {
    [&nonce[..16], device, jkt.as_bytes()]
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ambient::SystemRandom;

    fn now() -> Instant {
        Instant::from_unix_millis(1_795_340_460_000)
    }

    fn phone(n: u128) -> DeviceId {
        Uuid::from_u128(n).into()
    }

    #[test]
    fn a_nonce_lives_two_minutes_for_its_phone_and_key() {
        let keys = KeyRing::from_key([7; 32]);
        let (nonce, expires_at) = make(&keys, phone(1), "jkt", now(), &SystemRandom::new());
        assert_eq!(expires_at, now() + LIFETIME);
        let at = |then| made_at(&keys, &nonce, phone(1), "jkt", then);
        assert_eq!(at(now()), Some(now()));
        assert_eq!(at(expires_at), None);
        assert_eq!(made_at(&keys, &nonce, phone(2), "jkt", now()), None);
        assert_eq!(made_at(&keys, &nonce, phone(1), "other", now()), None);
    }

    #[test]
    fn a_nonce_lives_through_a_rotation_of_the_master_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let (random, phone) = (SystemRandom::new(), phone(1));
        let keys = KeyRing::create(&path, &random).unwrap();
        let (old, _) = make(&keys, phone, "jkt", now(), &random);
        let added = KeyRing::add(&path, &random).unwrap();
        KeyRing::promote(&path, added).unwrap();
        keys.reload(&path).unwrap();
        let (new, _) = make(&keys, phone, "jkt", now(), &random);
        for nonce in [old, new] {
            assert_eq!(made_at(&keys, &nonce, phone, "jkt", now()), Some(now()));
        }
        KeyRing::remove(&path, 1).unwrap();
        keys.reload(&path).unwrap();
        assert_eq!(made_at(&keys, &old, phone, "jkt", now()), None);
    }

    #[test]
    fn a_nonce_that_was_changed_is_none_of_ours() {
        let keys = KeyRing::from_key([7; 32]);
        let (nonce, _) = make(&keys, phone(1), "jkt", now(), &SystemRandom::new());
        for byte in 0..32 {
            let mut changed = nonce;
            changed.0[byte] ^= 1;
            assert_eq!(made_at(&keys, &changed, phone(1), "jkt", now()), None, "{byte}");
        }
    }
}
