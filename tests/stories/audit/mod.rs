//! The audit log: what was decided stands in it, once, in a tree that nobody rewrites unseen.

mod log;
mod path;
mod refusals;

pub use log::Log;
