//! `countersign audit export`.

use std::{
    fs::File,
    io::{BufWriter, Write, stdout},
    path::PathBuf,
};

use clap::{Args, builder::PossibleValuesParser};
use countersign::{app::StartError, config::Settings};
use countersign_protocol::Instant;

use super::service::{Events, Service, told, write};

/// Which part of the log, in which form.
#[derive(Args)]
pub struct Export {
    #[command(flatten)]
    service: Service,
    #[command(flatten)]
    events: Events,
    /// Recorded then or later: 2026-11-22T09:41:00Z.
    #[arg(long)]
    since: Option<Instant>,
    /// Recorded earlier.
    #[arg(long)]
    before: Option<Instant>,
    /// The form: ndjson is evidence that can be checked later, csv is for spreadsheets, ocsf and cef are for collectors.
    #[arg(long, default_value = "ndjson", value_parser = PossibleValuesParser::new(["ndjson", "csv", "ocsf", "cef"]))]
    format: String,
    /// The file to write; there must be none of this name yet. The terminal unless said.
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Export {
    pub async fn run(self, settings: &Settings) -> Result<(), StartError> {
        let admin = self.service.admin(settings)?;
        let query = self.events.query(self.since, self.before);
        let mut lines =
            admin.export_audit(&self.format, &query).await.map_err(|error| told(&error))?;
        let mut out: Box<dyn Write> = match &self.out {
            Some(path) => Box::new(BufWriter::new(
                File::create_new(path)
                    .map_err(|error| StartError(format!("--out {}: {error}", path.display())))?,
            )),
            None => Box::new(stdout()),
        };
        while let Some(chunk) = lines.chunk().await.map_err(|error| told(&error))? {
            write(&mut out, &chunk)?;
        }
        out.flush().map_err(|error| StartError(format!("the output: {error}")))
    }
}
