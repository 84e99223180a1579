use serde::{Deserialize, Serialize};

/// What a subscriber gives to an application server (Push API, `PushSubscription.toJSON()`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Where to push to.
    pub endpoint: String,
    /// What to encrypt with.
    pub keys: Keys,
}

/// A subscriber's public half, in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// An uncompressed point of P-256.
    pub p256dh: String,
    /// The authentication secret, 16 bytes.
    pub auth: String,
}
