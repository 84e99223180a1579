//! For development only: what stands in for people, phones, machines and servers in tests, demo and load
//! tool. Nothing here is part of a release.

mod agent;
mod authenticator;
mod loopback;
mod phone;
pub mod servers;
mod soft_passkey;
pub mod vendors;
mod workstation;

pub use agent::{Agent, Disk, NotIn};
pub use authenticator::LyingPasskey;
pub use loopback::loopback;
pub use phone::SoftPhone;
pub use soft_passkey::{Lies, SoftPasskey};
pub use workstation::SoftWorkstation;
