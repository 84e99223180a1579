//! The client's randomness: proof ids, nonces, idempotency keys and the jitter of retries.

#![allow(clippy::disallowed_methods)] // the client's one home of randomness

use aws_lc_rs::rand::fill;
use countersign_protocol::encoding::base64url;

/// `N` unpredictable bytes of the operating system's generator.
///
/// # Panics
/// If the operating system has no randomness to give: nothing secret can be made then.
#[must_use]
#[allow(clippy::expect_used)]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    fill(&mut out).expect("the operating system gives randomness");
    out
}

/// 128 unpredictable bits as 22 characters of base64url.
pub(crate) fn random_id() -> String {
    base64url(&random_bytes::<16>())
}
