//! A row as it is shown.

use countersign_protocol::{audit::Hash, wire::audit::AuditEntry};
use serde_json::value::RawValue;

use super::AuditRow;
use crate::store::StoreError;

impl AuditRow {
    /// The event as it is shown.
    ///
    /// # Errors
    /// The log lacks its leaf, or its text is no JSON.
    pub fn entry(self) -> Result<AuditEntry, StoreError> {
        let corrupt =
            |what: String| StoreError::Corrupt(format!("at position {}: {what}", self.position));
        let hash = self.hash.ok_or_else(|| corrupt("the log lacks the leaf".to_owned()))?;
        let event = RawValue::from_string(self.body);
        let event = event.map_err(|error| corrupt(format!("the event's text: {error}")))?;
        let position = u64::try_from(self.position);
        Ok(AuditEntry {
            position: position.map_err(|_| corrupt("which is below zero".to_owned()))?,
            recorded_at: self.recorded_at,
            event_id: self.event_id,
            hash: Hash(hash.0),
            sentence: self.sentence,
            event,
        })
    }
}
