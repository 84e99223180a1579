//! The audit log: what was decided stands in it, once, in a tree that nobody rewrites unseen; and how it is read.

mod attack;
mod auditor;
mod auditors;
mod backlog;
mod bench;
mod boundaries;
mod cast;
mod exports;
mod files;
mod forged;
mod heads;
mod injection;
mod kills;
mod log;
mod observations;
mod ocsf;
mod outside;
mod pages;
mod path;
mod poison;
mod proofs;
mod pruned;
mod refusals;
mod reopen;
mod retention;
mod searches;
mod servers;
mod shipping;
mod tail;
mod tamper;
mod tampered;
mod traffic;
mod verify;

pub use backlog::its_log_is_stuck;
pub use log::Log;
