//! Apple Push Notification service ("Sending notification requests to APNs").

mod channel;
mod notification;
mod provider_tokens;
mod refusal;
mod warm_up;

pub(super) use channel::Apns;
