//! Server-sent events (HTML standard, section 9.2.6) of the audit log.

use countersign_protocol::wire::audit::AuditEntry;

use crate::{Error, Result, Streamed};

/// A log that is followed.
pub struct AuditTail {
    lines: Streamed,
    position: Option<u64>,
}

impl AuditTail {
    pub(super) fn of(lines: Streamed, position: Option<u64>) -> Self {
        Self { lines, position }
    }

    /// How far the log was heard: follow it from here on after a break, and nothing is lost or told twice.
    #[must_use]
    pub fn position(&self) -> Option<u64> {
        self.position
    }

    /// The next event; `None` when the service ends the stream.
    ///
    /// # Errors
    /// See [`crate::Error`]; follow the log again from [`AuditTail::position`].
    pub async fn next(&mut self) -> Result<Option<AuditEntry>> {
        while let Some(heard) = self.heard().await? {
            if let Some(entry) = heard {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// The next event, or nothing for a beat; `None` when the service ends the stream.
    ///
    /// # Errors
    /// As [`AuditTail::next`].
    pub async fn heard(&mut self) -> Result<Option<Option<AuditEntry>>> {
        let (mut id, mut data) = (None, Vec::new());
        while let Some(line) = self.lines.line().await? {
            if line.is_empty() {
                return self.dispatched(id, &data).map(Some);
            }
            let (field, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => id = value.parse().ok(),
                "data" => data.push(value.to_owned()),
                _ => {}
            }
        }
        Ok(None)
    }

    /// An event is only heard once it is whole.
    fn dispatched(&mut self, id: Option<u64>, data: &[String]) -> Result<Option<AuditEntry>> {
        let entry = match data {
            [] => None,
            lines => Some(serde_json::from_str(&lines.join("\n")).map_err(|error| {
                Error::Unexpected { status: 200, why: error.to_string(), retry_after: None }
            })?),
        };
        self.position = id.or(self.position);
        Ok(entry)
    }
}
