//! What can be asked for.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures how fast a change of a tenant reaches all of its workstations, on a service that it starts.
#[derive(Parser)]
pub struct Options {
    /// On what to start the service, in a temporary folder.
    #[arg(long, value_enum, default_value_t = Start::Postgres)]
    pub start: Start,
    /// The program to start: by default the one built with this tool's profile.
    #[arg(long)]
    pub service: Option<PathBuf>,
    /// Workstations of the tenant, all of which wait.
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..=18_000))]
    pub workstations: u32,
    /// How often the tenant is changed.
    #[arg(long, default_value_t = 3)]
    pub rounds: u32,
    /// Each workstation says that it has applied the document, as agents do.
    #[arg(long)]
    pub apply: bool,
    /// What is changed each time.
    #[arg(long, value_enum, default_value_t = Change::Secrets)]
    pub change: Change,
}

/// On what to start the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Start {
    /// PostgreSQL and Redis.
    Postgres,
    /// The embedded default.
    Sqlite,
}

/// What every workstation of the tenant has to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Change {
    /// The secret that they share is replaced.
    Secrets,
    /// From the tenant's account to named ones, and back.
    Mode,
}
