use std::time::SystemTime;

use bytes::Bytes;

use super::{Undecipherable, Urgency};

/// A push that the service took, and what its subscriber reads.
#[derive(Clone, Debug)]
pub struct Push {
    /// The subscription's endpoint.
    pub endpoint: String,
    /// The `TTL`, in seconds.
    pub ttl: u64,
    /// The `Urgency`.
    pub urgency: Urgency,
    /// The `Topic`.
    pub topic: Option<String>,
    /// Who pushed: the application server's key, an uncompressed point in base64url.
    pub application_server_key: String,
    /// Who pushed: the `sub` of the token.
    pub contact: String,
    /// The body as the subscriber decrypts it. The service itself can't, nor would a real one refuse what
    /// can't be decrypted.
    pub plaintext: Result<Vec<u8>, Undecipherable>,
    /// The body as it came.
    pub body: Bytes,
    /// The URL of the message, as it was answered in `Location`.
    pub location: String,
    /// When, by the vendor's clock.
    pub at: SystemTime,
    /// Which connection brought it; the first is 1.
    pub connection: usize,
}
