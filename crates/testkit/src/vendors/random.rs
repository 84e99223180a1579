//! What a vendor makes up: tokens, ids, secrets.

use countersign_protocol::encoding::base64url;

/// Bytes that nobody guesses.
#[allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a vendor is nobody's simulation, and without randomness there is no TLS either"
)]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system has randomness");
    bytes
}

/// 128 bits as base64url.
pub(crate) fn word() -> String {
    base64url(&bytes::<16>())
}

/// `N` bytes in lower-case hexadecimal.
pub(crate) fn hex<const N: usize>() -> String {
    bytes::<N>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A UUID of version 4.
pub(crate) fn uuid() -> uuid::Uuid {
    uuid::Builder::from_random_bytes(bytes()).into_uuid()
}
