//! What phones, workstations, admins and the service say to each other, and the rules that more than
//! one of them must follow alike. No I/O, no clock and no randomness of its own.

pub mod encoding;
mod ids;
mod instant;
mod jwk;

pub use encoding::{Bytes, Nonce};
pub use ids::*;
pub use instant::Instant;
pub use jwk::{JwkError, P256Jwk};
