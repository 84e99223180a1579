//! The audit log: what was decided stands in it, once, in a tree that nobody rewrites unseen.

mod attack;
mod auditor;
mod backlog;
mod bench;
mod boundaries;
mod forged;
mod heads;
mod kills;
mod log;
mod observations;
mod path;
mod poison;
mod refusals;
mod reopen;
mod retention;
mod servers;
mod tamper;
mod tampered;
mod traffic;
mod verify;

pub use backlog::its_log_is_stuck;
pub use log::Log;
