//! `countersign audit`.

mod checkpoint;
mod export;
mod service;
mod tail;

use clap::Subcommand;
use countersign::{app::StartError, config::Settings};

/// What can be asked of the audit log.
#[derive(Subcommand)]
pub enum Audit {
    /// Write the log, or a part of it, to a file or to the terminal.
    Export(export::Export),
    /// Follow the log as it grows.
    Tail(tail::Tail),
    /// Print the log's newest signed checkpoint, to be kept elsewhere.
    Checkpoint(checkpoint::Checkpoint),
}

impl Audit {
    pub async fn run(self, settings: Settings) -> Result<(), StartError> {
        match self {
            Self::Export(export) => export.run(&settings).await,
            Self::Tail(tail) => tail.run(&settings).await,
            Self::Checkpoint(checkpoint) => checkpoint.run(&settings).await,
        }
    }
}
