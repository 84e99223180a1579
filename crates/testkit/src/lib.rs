//! For development only: what stands in for people, phones and machines in tests, demo and load tool.

mod authenticator;
mod loopback;
mod phone;
mod soft_passkey;
mod workstation;

pub use authenticator::LyingPasskey;
pub use loopback::loopback;
pub use phone::SoftPhone;
pub use soft_passkey::{Lies, SoftPasskey};
pub use workstation::SoftWorkstation;
