//! The audit log: what was decided stands in it, once, in a tree that nobody rewrites unseen; and how it is read.

mod auditors;
mod cast;
mod exports;
mod files;
mod injection;
mod log;
mod ocsf;
mod outside;
mod pages;
mod path;
mod proofs;
mod pruned;
mod searches;
mod tail;

pub use log::Log;
