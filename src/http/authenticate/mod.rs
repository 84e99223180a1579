//! Extractors that authenticate: a handler that takes one is only entered by who it names.

mod admin;

pub use admin::Admin;
