//! Webhooks: servers of an msp's own that are sent its audit log.

mod change;
mod create;
mod read;
mod send;

pub use change::{change, move_to, remove, rotate};
pub use create::create;
pub use read::{dead_letters, list, read};
pub use send::{redeliver, test};
