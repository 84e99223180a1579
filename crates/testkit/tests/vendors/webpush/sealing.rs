use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_testkit::vendors::webpush::Subscription;

/// The body of a push as RFC 8291 section 3.4 spells it out, by HMAC alone.
pub fn sealed(subscription: &Subscription, plaintext: &[u8]) -> Vec<u8> {
    sealed_with(subscription, &[plaintext, &[2]].concat(), 4096)
}

/// The same with a delimiter of one's own, and any record size.
pub fn sealed_with(subscription: &Subscription, padded: &[u8], record_size: u32) -> Vec<u8> {
    let salt = [7; 16];
    let p256dh = URL_SAFE_NO_PAD.decode(&subscription.keys.p256dh).unwrap();
    let auth = URL_SAFE_NO_PAD.decode(&subscription.keys.auth).unwrap();
    let own = PrivateKey::generate(&ECDH_P256).unwrap();
    let public = own.compute_public_key().unwrap().as_ref().to_vec();
    let peer = UnparsedPublicKey::new(&ECDH_P256, &p256dh);
    let secret = agree(&own, peer, (), |secret| Ok(secret.to_vec())).unwrap();

    let prk_key = hmac(&auth, &[&secret]);
    let ikm = hmac(&prk_key, &[b"WebPush: info\0", &p256dh, &public, &[1]]);
    let prk = hmac(&salt, &[&ikm]);
    let cek = hmac(&prk, &[b"Content-Encoding: aes128gcm\0", &[1]]);
    let nonce = hmac(&prk, &[b"Content-Encoding: nonce\0", &[1]]);

    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &cek[..16]).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(&nonce[..12]).unwrap();
    let mut record = padded.to_vec();
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record).unwrap();
    [&salt[..], &record_size.to_be_bytes(), &[65], &public, &record].concat()
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    sign(&Key::new(HMAC_SHA256, key), &parts.concat()).as_ref().to_vec()
}
