//! Message encryption for Web Push (RFC 8291): the content coding aes128gcm (RFC 8188) in one record.

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree},
    error::Unspecified,
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
};
use countersign_protocol::encoding::from_base64url;

use crate::ambient::Random;

/// The record size that is announced (RFC 8188 section 2.1): one record, as long as a push may be.
const RECORD_SIZE: u32 = 4096;
/// Marks the last record (RFC 8188 section 2).
const LAST: u8 = 2;

/// Whoever can read what is pushed to a subscription.
#[derive(Debug)]
pub(super) struct Subscriber {
    /// An uncompressed point of P-256.
    point: Vec<u8>,
    /// The authentication secret.
    auth: Vec<u8>,
}

impl Subscriber {
    /// From a subscription's `p256dh` and `auth`, base64url; none if they have not that form. Whether the
    /// point is on the curve shows in the agreement.
    pub(super) fn new(p256dh: &str, auth: &str) -> Option<Self> {
        let (point, auth) = (from_base64url(p256dh)?, from_base64url(auth)?);
        (point.len() == 65 && auth.len() == 16).then_some(Self { point, auth })
    }

    /// A body that only the subscriber can read, with a key and a salt of its own.
    ///
    /// # Errors
    /// The subscriber's key is no point of P-256.
    pub(super) fn encrypt(
        &self,
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, Unspecified> {
        // Of 2^32 numbers all but one are below the curve's order: the second draw is a formality.
        let sender = PrivateKey::from_private_key(&ECDH_P256, &random.bytes::<32>())
            .or_else(|_| PrivateKey::from_private_key(&ECDH_P256, &random.bytes::<32>()))
            .map_err(|_| Unspecified)?;
        self.encrypt_from(&sender, random.bytes(), plaintext)
    }

    /// RFC 8291 section 3.4, RFC 8188 section 2.
    fn encrypt_from(
        &self,
        sender: &PrivateKey,
        salt: [u8; 16],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Unspecified> {
        let public = sender.compute_public_key()?;
        let public = public.as_ref();
        let peer = UnparsedPublicKey::new(&ECDH_P256, &self.point);
        let ikm = agree(sender, peer, Unspecified, |secret| {
            let info = [b"WebPush: info\0".as_slice(), &self.point, public];
            expanded::<32>(&Salt::new(HKDF_SHA256, &self.auth).extract(secret), &info)
        })?;
        let prk = Salt::new(HKDF_SHA256, &salt).extract(&ikm);
        let key = expanded::<16>(&prk, &[b"Content-Encoding: aes128gcm\0"])?;
        let nonce = expanded::<12>(&prk, &[b"Content-Encoding: nonce\0"])?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);

        let mut record = [plaintext, &[LAST]].concat();
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record)?;
        let size = RECORD_SIZE.to_be_bytes();
        let length = u8::try_from(public.len()).map_err(|_| Unspecified)?;
        Ok([&salt[..], &size, &[length], public, &record].concat())
    }
}

/// HKDF-Expand (RFC 5869 section 2.3) to `N` bytes.
fn expanded<const N: usize>(prk: &Prk, info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    let mut bytes = [0; N];
    prk.expand(info, Length(N))?.fill(&mut bytes)?;
    Ok(bytes)
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        from_base64url(text).unwrap()
    }

    fn subscriber() -> Subscriber {
        let p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        Subscriber::new(p256dh, "BTBZMqHH6r4Tts7J_aSIgg").unwrap()
    }

    #[test]
    fn a_message_is_encrypted_as_in_rfc_8291_appendix_a() {
        let sender = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let sender = PrivateKey::from_private_key(&ECDH_P256, &sender).unwrap();
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let plaintext = b"When I grow up, I want to be a watermelon";
        let body = subscriber().encrypt_from(&sender, salt, plaintext).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vC\
                        YLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuw\
                        XPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(body, bytes(expected));
    }

    #[test]
    fn no_two_bodies_are_the_same() {
        let random = crate::ambient::SystemRandom::new();
        let [one, other] = [(); 2].map(|()| subscriber().encrypt(b"look", &random).unwrap());
        assert_ne!(one[..16], other[..16], "salt");
        assert_ne!(one[21..86], other[21..86], "key");
    }

    #[test]
    fn keys_of_another_form_are_none() {
        let auth = "BTBZMqHH6r4Tts7J_aSIgg";
        for (p256dh, auth) in [("", auth), ("BCVx", auth), ("!", auth), (auth, auth)] {
            assert!(Subscriber::new(p256dh, auth).is_none(), "{p256dh}");
        }
        let mut off_the_curve = subscriber();
        off_the_curve.point[64] ^= 1;
        assert!(off_the_curve.encrypt(b"look", &crate::ambient::SystemRandom::new()).is_err());
    }
}
