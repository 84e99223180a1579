//! Who is asking, proven before the handler runs: always its first argument.

mod admin;
mod caller;
mod known;
mod proven;

pub use admin::Admin;
pub use caller::{Device, DeviceWithKey, Workstation};
pub use known::Known;
pub use proven::Proven;
