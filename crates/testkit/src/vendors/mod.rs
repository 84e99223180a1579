//! Apple's, Google's and browsers' push services on loopback, honest: they speak the real protocols over
//! TLS and check what the real ones check, so that a client which works here works there, and one which
//! would be refused there is refused here with the same answer.
//!
//! Each ends with its value. Each has [`Faults`]: what goes wrong on the n next requests, or for one
//! address. What they judge by is a [`Clock`], so that hours pass when a test says so; their own waits are
//! real and bounded.

mod authority;
mod clock;
mod deliveries;
mod fault;
mod jws;
mod random;
mod wire;

pub mod apple;
pub mod google;
pub mod hook;
pub mod webpush;

pub use authority::Authority;
pub use clock::{Clock, Hand};
pub use deliveries::Deliveries;
pub use fault::{Break, Fault, Faults};
pub use wire::{Answer, Reach};
