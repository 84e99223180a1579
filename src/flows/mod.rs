//! Use cases by subject. A flow checks, decides in one transaction, and tells whoever waits.

mod caller;
mod context;
pub mod keys;
pub mod login;
mod moment;

pub use caller::{DeviceCaller, WorkstationCaller};
pub use context::{Context, wake_revoked};
pub use moment::Moment;
