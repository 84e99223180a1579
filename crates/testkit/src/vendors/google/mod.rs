//! Google's: the OAuth 2.0 token endpoint for service accounts (RFC 7523 section 2.1, "Using OAuth 2.0 for
//! Server to Server Applications") and Firebase Cloud Messaging's HTTP v1 (`projects.messages.send`).

mod access_tokens;
mod account;
mod assertion;
mod devices;
mod error;
mod message;
mod post;
mod schema;
mod server;

pub use account::ServiceAccount;
pub use error::ErrorCode;
pub use message::Message;
pub use server::Google;
