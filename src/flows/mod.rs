//! Use cases by subject. A flow checks, decides in one transaction, and tells whoever waits.

mod context;
mod moment;

pub use context::{Context, wake_revoked};
pub use moment::Moment;
