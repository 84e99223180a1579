//! What the machine gives and a test replaces: time and randomness. Nothing else in the service asks
//! the system for either (clippy's `disallowed-methods` holds it).

mod clock;
mod random;

pub use clock::{Clock, ManualClock, SteadyClock};
pub use random::{Random, SystemRandom};
