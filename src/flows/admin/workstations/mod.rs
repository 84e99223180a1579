//! Workstations, as admins see, confirm, hold back, release and retire them.

mod change;
mod confirm;
mod forgive;
mod read;

pub use change::{release, resume, retire, suspend, unfreeze};
pub use confirm::confirm;
pub use forgive::clear_offline_failures;
use read::shown;
pub use read::{accounts, list, one, skewed};
