//! `countersign audit`.

mod checkpoint;
mod export;
mod service;
mod tail;

use std::process::ExitCode;

use clap::Subcommand;
use countersign::{app::StartError, config::Settings};

use super::{audit_reopen::Reopen, audit_verify::Verify};

/// What can be done with the audit log.
#[derive(Subcommand)]
pub enum Audit {
    /// Write the log, or a part of it, to a file or to the terminal.
    Export(export::Export),
    /// Follow the log as it grows.
    Tail(tail::Tail),
    /// Print the log's newest signed checkpoint, to be kept elsewhere.
    Checkpoint(checkpoint::Checkpoint),
    /// Check a whole log, in the database or in an export: entries, tree, checkpoints, versions, approvals.
    Verify(Verify),
    /// Go on with a log after a backup was restored, under a new name and key.
    Reopen(Reopen),
}

impl Audit {
    pub async fn run(self, settings: Settings) -> Result<ExitCode, StartError> {
        let done = match self {
            Self::Verify(verify) => return verify.run(settings).await,
            Self::Reopen(reopen) => return reopen.run(settings).await,
            Self::Export(export) => export.run(&settings).await,
            Self::Tail(tail) => tail.run(&settings).await,
            Self::Checkpoint(checkpoint) => checkpoint.run(&settings).await,
        };
        done.map(|()| ExitCode::SUCCESS)
    }
}
