//! What runs beside the requests. Each worker is one step that a test can drive; the supervisor repeats it.

mod audit;
mod forget;
mod keys;
mod lost_wakes;
mod revocations;
mod supervisor;
mod webhooks;

pub use forget::forget;
pub use keys::reload_keys;
pub use lost_wakes::LostWakes;
pub use revocations::read_revocations;
pub use supervisor::{Workers, start};
