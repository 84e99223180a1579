//! `countersign audit reopen`.

use std::process::ExitCode;

use clap::Args;
use countersign::{app::StartError, config::Settings};

/// Which log goes on, and why.
#[derive(Args)]
pub struct Reopen {}

impl Reopen {
    pub async fn run(self, _: Settings) -> Result<ExitCode, StartError> {
        Err(StartError("not yet".into()))
    }
}
