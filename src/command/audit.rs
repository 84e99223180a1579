//! `countersign audit`.

use std::process::ExitCode;

use clap::Subcommand;
use countersign::{app::StartError, config::Settings};

use super::{audit_reopen::Reopen, audit_verify::Verify};

/// What can be done with the audit log.
#[derive(Subcommand)]
pub enum Audit {
    /// Check a whole log, in the database or in an export: entries, tree, checkpoints, versions, approvals.
    Verify(Verify),
    /// Go on with a log after a backup was restored, under a new name and key.
    Reopen(Reopen),
}

impl Audit {
    pub async fn run(self, settings: Settings) -> Result<ExitCode, StartError> {
        match self {
            Self::Verify(verify) => verify.run(settings).await,
            Self::Reopen(reopen) => reopen.run(settings).await,
        }
    }
}
