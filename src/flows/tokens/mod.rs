//! Tokens of phones and workstations: given, refreshed, given again to who signs in again.

mod device_tokens;
mod refresh;
mod sign_in;
mod workstation;

pub(super) use device_tokens::{Bearer, device_tokens};
pub use refresh::refresh;
pub use sign_in::{finish_sign_in, start_sign_in};
pub use workstation::authenticate;
