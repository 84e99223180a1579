//! What the operator can ask for, one file a command.
#![allow(clippy::print_stdout, reason = "a command line speaks to its terminal")]

mod audit;
mod audit_reopen;
mod audit_verify;
mod bootstrap;
mod cli;
mod keys;
mod master_key;
mod migrate;
mod openapi;
mod progress;
mod push;
mod serve;
mod ticket;

pub use cli::Cli;
