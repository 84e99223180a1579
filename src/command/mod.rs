//! What the operator can ask for, one file a command.
#![allow(clippy::print_stdout, reason = "a command line speaks to its terminal")]

mod audit;
mod bootstrap;
mod cli;
mod keys;
mod migrate;
mod openapi;
mod push;
mod serve;
mod ticket;

pub use cli::Cli;
