//! Firebase Cloud Messaging, HTTP v1 (`projects.messages.send`).

mod access_tokens;
mod channel;
mod message;
mod refusal;
mod service_account;

pub(super) use channel::Fcm;
