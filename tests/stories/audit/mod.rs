//! The audit log: what was decided stands in it, once, in a tree that nobody rewrites unseen.

mod attack;
mod auditor;
mod forged;
mod log;
mod path;
mod reopen;
mod retention;
mod tampered;
mod verify;

pub use log::Log;
