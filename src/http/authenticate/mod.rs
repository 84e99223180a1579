//! Who is asking, proven before the handler runs: always its first argument.

mod admin;
mod caller;
mod proven;

pub use admin::Admin;
pub use caller::{Device, DeviceWithKey, Workstation};
pub use proven::Proven;
