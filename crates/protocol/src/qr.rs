//! The QR code of a login, `https://host/q#id.secret`: the secret changes every ten seconds, so that a
//! photograph of the screen is soon worth nothing.

use aws_lc_rs::hmac;
use url::Url;

use crate::{
    Instant, LoginId, Nonce,
    encoding::{base64url, from_base64url},
};

/// How long one secret stands on the screen, in seconds.
pub const STEP_SECONDS: i64 = 10;

/// The step an instant lies in.
#[must_use]
pub fn step(at: Instant) -> i64 {
    at.unix_seconds().div_euclid(STEP_SECONDS)
}

/// The secret of one step: the first 16 bytes of HMAC-SHA-256 under the login's claim key over the login
/// id and the step (signed 64-bit big-endian).
#[must_use]
pub fn secret(claim_key: &Nonce, login: LoginId, step: i64) -> [u8; 16] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &claim_key.0);
    let mut context = hmac::Context::with_key(&key);
    context.update(b"countersign/claim/v1");
    context.update(login.as_bytes());
    context.update(&step.to_be_bytes());
    let mut secret = [0; 16];
    secret.copy_from_slice(&context.sign().as_ref()[..16]);
    secret
}

/// True if `shown` is the secret of the step of `now` or of the one before; compared in constant time.
#[must_use]
pub fn accepts(claim_key: &Nonce, login: LoginId, now: Instant, shown: &[u8; 16]) -> bool {
    [0, 1].iter().fold(false, |found, back| {
        let expected = secret(claim_key, login, step(now) - back);
        let equal = aws_lc_rs::constant_time::verify_slices_are_equal(&expected, shown).is_ok();
        found | equal
    })
}

/// What the workstation draws as a QR code.
#[must_use]
pub fn link(public_url: &Url, login: LoginId, secret: &[u8; 16]) -> String {
    let base = public_url.as_str().trim_end_matches('/');
    format!("{base}/q#{login}.{}", base64url(secret))
}

/// The login and secret that a scanned link names; `None` if it is not one of `public_url`'s.
#[must_use]
pub fn read(public_url: &Url, scanned: &str) -> Option<(LoginId, [u8; 16])> {
    let scanned = Url::parse(scanned).ok()?;
    if scanned.origin() != public_url.origin() || scanned.path() != "/q" {
        return None;
    }
    let (login, secret) = scanned.fragment()?.split_once('.')?;
    Some((login.parse().ok()?, from_base64url(secret)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bytes;

    const KEY: Nonce = Bytes([7; 32]);

    fn login() -> LoginId {
        "0197c0de-0000-7000-8000-000000000001".parse().expect("a uuid")
    }

    #[test]
    fn two_steps_are_accepted_and_no_more() {
        let shown = secret(&KEY, login(), 100);
        let at = |seconds: i64| Instant::from_unix_millis(seconds * 1000);
        assert!(accepts(&KEY, login(), at(1000), &shown));
        assert!(accepts(&KEY, login(), at(1019), &shown));
        assert!(!accepts(&KEY, login(), at(1020), &shown));
        assert!(!accepts(&KEY, login(), at(999), &shown));
    }

    #[test]
    fn a_link_reads_back_and_another_host_is_refused() {
        let here = Url::parse("https://id.example").expect("a url");
        let link = link(&here, login(), &[3; 16]);
        assert_eq!(read(&here, &link), Some((login(), [3; 16])));
        assert_eq!(read(&Url::parse("https://evil.example").expect("a url"), &link), None);
    }
}
