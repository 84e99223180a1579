//! `countersign audit verify`.

use std::{
    fs::File,
    io::{BufReader, stdin},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use countersign::{
    app::{self, StartError},
    audit::verify::{
        Expected, ExportError, Kind, RelyingParties, Report, logs, notes_in, verify_database,
        verify_export,
    },
    config::Settings,
};
use countersign_protocol::{MspId, audit::LogKey};
use serde_json::json;
use uuid::Uuid;

use super::{cli::told, progress::Progress};

/// What to check, against what.
#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub struct Verify {
    /// The msp whose log is checked; without it, every log of the database.
    #[arg(long, conflicts_with = "export")]
    msp: Option<Uuid>,
    /// An export (NDJSON), checked alone; `-` reads it from the standard input. Without it, the database.
    #[arg(long)]
    export: Option<PathBuf>,
    /// A checkpoint that you have kept, or a file of shipped ones. May be given again.
    #[arg(long = "checkpoint")]
    checkpoints: Vec<PathBuf>,
    /// A log's key that you have kept, as name+id+key. May be given again.
    #[arg(long = "vkey")]
    keys: Vec<LogKey>,
    /// The WebAuthn relying party that approvals must be for. The database's settings name it; of an export
    /// without it, all approvals must be for the same one.
    #[arg(long)]
    rp_id: Option<String>,
    /// An origin from which approvals may come; without it, all of the relying party's. May be given again.
    #[arg(long = "origin")]
    origins: Vec<String>,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

const EXIT_CODES: &str = "Exit codes: 0 sound; 1 could not be verified; 3 sound, and says itself that entries were lost by a restored \
backup. Else by the first thing that is wrong: 10 a text was changed, 11 an entry is missing, 12 another entry's text stands there, \
13 a text is gone without a pruning, 14 a column beside the text was changed, 15 the times go back, 16 the tail was cut, \
17 rolled back behind a kept checkpoint, 18 the history was rewritten, 19 a checkpoint was changed, 20 the log's key was replaced, \
21 the head or 22 a node is not the tree's, 23 a version of something is missing or 24 there twice, 25 an approval is forged, \
26 a text is not an event's, 27 an origin begins unsaid, 28 a log is missing, \
29 a rewriting is acknowledged, 40 an export is filtered, 41 truncated or 42 malformed.";

impl Verify {
    pub async fn run(self, settings: Settings) -> Result<ExitCode, StartError> {
        let mut notes = Vec::new();
        for path in &self.checkpoints {
            notes.extend(read_notes(path)?);
        }
        let expected = Expected { notes, keys: self.keys.clone() };
        match &self.export {
            Some(path) => self.of_export(path, &expected),
            None => self.of_database(&settings, &expected).await,
        }
    }

    fn of_export(&self, path: &Path, expected: &Expected) -> Result<ExitCode, StartError> {
        let relying_parties = RelyingParties::new(self.rp_id.clone(), self.origins.clone());
        let unreadable = |error: std::io::Error| StartError(format!("{}: {error}", path.display()));
        let verified = if path == Path::new("-") {
            let mut progress = Progress::start("bytes");
            let told = |bytes| progress.reached(bytes, None);
            verify_export(BufReader::new(stdin()), expected, relying_parties, told)
        } else {
            let file = File::open(path).map_err(unreadable)?;
            let length = file.metadata().map_err(unreadable)?.len();
            let mut progress = Progress::start("bytes");
            let told = |bytes| progress.reached(bytes, Some(length));
            verify_export(BufReader::with_capacity(1 << 20, file), expected, relying_parties, told)
        };
        match verified {
            Ok(report) => self.tell(&[report], &[]),
            Err(ExportError::Unreadable(error)) => Err(unreadable(error)),
            Err(error) => {
                eprintln!("countersign: {error}");
                Ok(ExitCode::from(error.exit_code()))
            }
        }
    }

    async fn of_database(
        &self,
        settings: &Settings,
        expected: &Expected,
    ) -> Result<ExitCode, StartError> {
        let store = app::existing_store(settings)?;
        let msps = match self.msp {
            Some(msp) => vec![MspId(msp)],
            None => logs(&store).await.map_err(told)?,
        };
        let rp_id = self.rp_id.clone();
        let rp_id = rp_id.unwrap_or_else(|| settings.relying_party.effective_id(&settings.server));
        let (mut reports, mut rest) = (Vec::new(), expected.clone());
        for msp in msps {
            let (ours, others) = rest.split(msp);
            rest = others;
            let relying_parties = RelyingParties::new(Some(rp_id.clone()), self.origins.clone());
            let mut progress = Progress::start("entries");
            let reached = |entries, of| progress.reached(entries, Some(of));
            let verified = verify_database(&store, msp, &ours, relying_parties, reached).await;
            drop(progress);
            reports.push(verified.map_err(told)?);
        }
        // Of one msp alone, what was kept of others' logs says nothing.
        let missing = if self.msp.is_some() { Vec::new() } else { rest.names() };
        self.tell(&reports, &missing)
    }

    fn tell(&self, reports: &[Report], missing: &[String]) -> Result<ExitCode, StartError> {
        if self.json {
            let sound = missing.is_empty() && reports.iter().all(|report| report.sound);
            let told = json!({"sound": sound, "logs": reports, "missing_logs": missing});
            let told = serde_json::to_string_pretty(&told);
            println!("{}", told.map_err(|error| StartError(error.to_string()))?);
        } else {
            for report in reports {
                println!("{report}");
            }
            for name in missing {
                println!("WRONG        {}: no log has the name {name}", Kind::LogMissing.word());
            }
            if reports.is_empty() && missing.is_empty() {
                println!("There is no log yet.");
            }
        }
        let wrong = reports.iter().find(|report| !report.sound).map(Report::exit_code);
        let gone = (!missing.is_empty()).then(|| Kind::LogMissing.exit_code());
        let lost = reports.iter().map(Report::exit_code).max();
        Ok(ExitCode::from(wrong.or(gone).or(lost).unwrap_or(0)))
    }
}

/// The checkpoints of a file.
pub fn read_notes(path: &Path) -> Result<Vec<String>, StartError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| StartError(format!("{}: {error}", path.display())))?;
    notes_in(&text).map_err(|error| StartError(format!("{}: {error}", path.display())))
}
