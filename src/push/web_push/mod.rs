//! Web Push (RFC 8030), which is UnifiedPush too: encrypted for the subscriber (RFC 8291), in the name of the
//! operator (RFC 8292), to wherever the subscriber says.

mod channel;
mod encryption;
mod message;
mod refusal;
mod vapid;

pub(super) use channel::WebPush;
