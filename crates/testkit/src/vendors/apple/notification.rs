use std::time::SystemTime;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use super::PushType;

/// A notification that Apple took.
#[derive(Clone, Debug)]
pub struct Notification {
    /// The device token.
    pub device: String,
    /// `apns-id`: the client's, or the one that was made for it.
    pub id: String,
    /// `apns-topic`.
    pub topic: String,
    /// `apns-push-type`.
    pub push_type: PushType,
    /// `apns-priority`; 10 when absent.
    pub priority: u8,
    /// `apns-expiration`, in seconds since 1970; 0 for one attempt.
    pub expiration: Option<u64>,
    /// `apns-collapse-id`.
    pub collapse_id: Option<String>,
    /// The payload.
    pub payload: Value,
    /// The payload as it came.
    pub body: Bytes,
    /// All headers but `authorization`.
    pub headers: HeaderMap,
    /// When, by the vendor's clock.
    pub at: SystemTime,
    /// Which connection brought it; the first is 1.
    pub connection: usize,
}
