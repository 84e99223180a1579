//! Pure rules and state machines: no I/O, no framework, no clock of their own.

mod failure;
mod refusal;

pub use failure::Failure;
pub use refusal::Refusal;
