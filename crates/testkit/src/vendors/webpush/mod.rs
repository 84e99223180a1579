//! A browser's push service (RFC 8030) and the subscribers behind it: it checks who sends (VAPID, RFC 8292),
//! they decrypt what was sent (RFC 8291). UnifiedPush is the same.

mod headers;
mod message_encryption;
mod post;
mod push;
mod refusal;
mod server;
mod subscriber;
mod subscription;
mod vapid;

pub use headers::Urgency;
pub use message_encryption::Undecipherable;
pub use push::Push;
pub use server::WebPush;
pub use subscriber::Subscriber;
pub use subscription::{Keys, Subscription};
