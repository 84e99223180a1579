//! `countersign audit reopen`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use countersign::{
    app::StartError,
    audit::{Because, NotReopened, Reopened, Stream, reopen, sign_checkpoints},
    config::Settings,
};
use countersign_protocol::MspId;
use uuid::Uuid;

use super::{
    audit_verify::read_notes,
    cli::{build, told},
};

/// Which log goes on, and why.
#[derive(Args)]
pub struct Reopen {
    /// The msp whose log it is.
    #[arg(long)]
    msp: Uuid,
    /// The newest checkpoint that you have of it, from before the backup was restored.
    #[arg(long)]
    checkpoint: Option<PathBuf>,
    /// Why, in words that stay in the log; needed where there is no checkpoint.
    #[arg(long)]
    reason: Option<String>,
    /// Take everything off the audit streams first, those of the other msps too: it tells of changes that the
    /// backup does not have.
    #[arg(long)]
    empty_streams: bool,
}

impl Reopen {
    pub async fn run(self, settings: Settings) -> Result<ExitCode, StartError> {
        let msp = MspId(self.msp);
        let mut notes = match &self.checkpoint {
            Some(path) => read_notes(path)?,
            None => Vec::new(),
        };
        if notes.len() > 1 {
            // A file of shipped ones: the newest of this log stands last.
            notes.retain(|note| countersign::audit::verify::is_of(msp, note));
        }
        let because = Because { checkpoint: notes.pop(), reason: self.reason };
        let app = build(settings).await?;
        if let Some(stream) = &app.audit.stream {
            nothing_waits(stream, self.empty_streams).await?;
        }
        let notary = &app.audit.notary;
        let reopened = reopen(notary, msp, because).await.map_err(|why| match why {
            NotReopened::Failed(failure) => told(failure),
            why => StartError(why.to_string()),
        })?;
        sign_checkpoints(notary).await.map_err(told)?;
        let Reopened { generation, at, old_size, workstations } = reopened;
        println!("The log goes on as its origin {generation}; entry {at} says so.");
        if let Some(old_size) = old_size {
            let lost = old_size.saturating_sub(at);
            println!("Lost: {lost} entries that the checkpoint knew, and what came after it.");
        }
        println!(
            "{workstations} workstations resynchronise their counters with their next assertion."
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// What still waits on the streams was decided after the backup, and would be recorded although its change is gone.
async fn nothing_waits(stream: &Stream, empty: bool) -> Result<(), StartError> {
    let silent = |error| {
        StartError(format!(
            "what waits on the audit streams is not known, and nothing was changed: Redis has to answer ({error})"
        ))
    };
    if empty {
        let gone = stream.empty().await.map_err(silent)?;
        println!("{gone} entries were taken off the audit streams.");
        return Ok(());
    }
    match stream.waiting().await.map_err(silent)? {
        0 => Ok(()),
        waiting => Err(StartError(format!(
            "{waiting} entries wait on the audit streams, and nothing was changed: stop every node, and take them \
             off with --empty-streams if they are from before the backup was restored"
        ))),
    }
}
