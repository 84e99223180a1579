//! Who is asking, proven before the handler runs: always its first argument.

mod caller;
mod proven;

pub use caller::{Device, Workstation};
pub use proven::Proven;
