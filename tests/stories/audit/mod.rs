//! The audit log: what was decided stands in it, once, in a tree that nobody rewrites unseen.

mod backlog;
mod bench;
mod boundaries;
mod heads;
mod kills;
mod log;
mod observations;
mod path;
mod poison;
mod refusals;
mod servers;
mod tamper;
mod traffic;

pub use log::Log;
