//! Webhooks: servers of msps' own that are sent their logs, signed, in order, at least once. What is sent is read from
//! the log by its positions, so that nothing is kept for them but how far each has come.

mod batch;
mod delivery;
mod parts;
mod request;
mod round;

pub use delivery::Delivery;
pub use parts::{WebhookParts, Webhooks};
