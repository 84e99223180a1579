//! What proves who someone is, and what keeps secrets: wrappers of the cryptographic libraries.

mod master_key;
mod sealing;

pub use master_key::{KeyRing, KeyRingError};
pub use sealing::{Place, SealError};
