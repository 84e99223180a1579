//! Technicians: making, reading, suspending, resuming, removing.

mod create;
mod read;
mod resume;
mod suspend;

pub use create::create;
pub use read::{list, named, one};
pub use resume::resume;
pub use suspend::{retire, suspend};
