//! Who is asking, proven before the handler runs: always its first argument.

mod admin;
mod caller;
mod proven;

pub use admin::{Admin, LogReader};
pub use caller::{Device, Workstation};
pub use proven::Proven;
