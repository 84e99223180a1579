//! What came of it.

use std::fmt;

use countersign_protocol::{MspId, audit::Hash};
use serde::Serialize;

use super::finding::{Finding, Kind};

/// What a verification came to.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whose log.
    pub msp: MspId,
    /// True if nothing is wrong. Entries that were lost by an acknowledged restore are not in the log.
    pub sound: bool,
    /// How many entries there are.
    pub entries: u64,
    /// The tree's root over them.
    pub root: Option<Hash>,
    /// How many texts were pruned.
    pub pruned: u64,
    /// How many checkpoints were over this log.
    pub checkpoints: u64,
    /// How many approvals were signed as they say.
    pub approvals: u64,
    /// For whom the phones signed.
    pub relying_party: Option<String>,
    /// Where they did.
    pub origins: Vec<String>,
    /// Events that came later than others of the same subject, and were not yet in the log at its end.
    pub on_their_way: u64,
    /// Entries that were lost by a restored backup, as the log itself says.
    pub losses: Vec<Loss>,
    /// How many things are wrong.
    pub wrong: u64,
    /// The first of them.
    pub findings: Vec<Finding>,
}

/// Entries that a checkpoint knows, and that a restored backup did not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The origin that signed the checkpoint.
    pub origin: String,
    /// How many entries the checkpoint was over.
    pub checkpoint_size: u64,
    /// How many the restored backup had.
    pub restored_size: u64,
    /// Where the log says so.
    pub acknowledged_at: u64,
}

/// The exit code of a sound log that says that it lost entries.
const LOST: u8 = 3;

impl Report {
    /// The program's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.findings.first() {
            Some(first) => first.kind.exit_code(),
            None if self.losses.is_empty() => 0,
            None => LOST,
        }
    }

    /// The first thing that is wrong.
    #[must_use]
    pub fn first(&self) -> Option<(Option<u64>, Kind)> {
        self.findings.first().map(|finding| (finding.position, finding.kind))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.position, self.through) {
            (Some(from), Some(through)) => write!(f, "between {from} and {through}")?,
            (Some(position), None) => write!(f, "at {position}")?,
            (None, _) => write!(f, "as a whole")?,
        }
        write!(f, ": {}: {}", self.kind.word(), self.detail)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { msp, entries, pruned, checkpoints, approvals, .. } = self;
        let verdict = if self.sound { "SOUND" } else { "NOT SOUND" };
        writeln!(f, "log          {msp}: {verdict}")?;
        writeln!(f, "entries      {entries}, of which {pruned} texts were pruned")?;
        writeln!(f, "checkpoints  {checkpoints} are over this log")?;
        write!(f, "approvals    {approvals} are signed as they say")?;
        match &self.relying_party {
            Some(id) => writeln!(f, ", for {id}, from {}", self.origins.join(", "))?,
            None => writeln!(f)?,
        }
        if let Some(root) = self.root {
            writeln!(f, "root         {root}")?;
        }
        if self.on_their_way > 0 {
            let many = self.on_their_way;
            writeln!(f, "on their way {many} events, which others of the same subject overtook")?;
        }
        for Loss { origin, checkpoint_size, restored_size, acknowledged_at } in &self.losses {
            writeln!(
                f,
                "lost         by a restore, acknowledged at {acknowledged_at}: a checkpoint of {origin} is over {checkpoint_size} \
                 entries, the restored backup had {restored_size}"
            )?;
        }
        for finding in &self.findings {
            writeln!(f, "WRONG        {finding}")?;
        }
        if self.wrong > self.findings.len() as u64 {
            writeln!(f, "             ({} in all)", self.wrong)?;
        }
        Ok(())
    }
}
