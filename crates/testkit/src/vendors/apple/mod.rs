//! Apple's push service (APNs): HTTP/2 over TLS alone, and its whole table of refusals ("Sending
//! notification requests to APNs", "Handling notification responses from APNs").

mod account;
mod devices;
mod headers;
mod notification;
mod payload;
mod post;
mod provider_tokens;
mod reason;
mod server;

pub use account::Account;
pub use headers::PushType;
pub use notification::Notification;
pub use reason::Reason;
pub use server::Apple;
