//! What readers of an msp's audit log are told. The log's own formats (entries, tiles, checkpoints) stand in
//! [`crate::audit`].

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    EventId, Instant, MspId, TechnicianId, TenantId, WorkstationId,
    audit::{Hash, LogKey},
};

/// Which events: conditions that stand are all to be met, and none is every event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// The tenant that they concern.
    pub tenant: Option<TenantId>,
    /// The person.
    pub technician: Option<TechnicianId>,
    /// The machine.
    pub workstation: Option<WorkstationId>,
    /// The local account.
    pub account: Option<String>,
    /// The facts' words, any of them; empty: all facts.
    pub kinds: Vec<String>,
    /// How it went.
    pub outcome: Option<String>,
    /// Recorded then or later.
    pub recorded_after: Option<Instant>,
    /// Recorded earlier.
    pub recorded_before: Option<Instant>,
    /// Words of the sentence, in any case.
    pub text: Option<String>,
}

impl AuditQuery {
    /// The names and values of the query's parameters.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let Self { tenant, technician, workstation, account, kinds, outcome, .. } = self;
        let parameters = [
            ("tenant", tenant.map(|id| id.to_string())),
            ("technician", technician.map(|id| id.to_string())),
            ("workstation", workstation.map(|id| id.to_string())),
            ("account", account.clone()),
            ("kind", (!kinds.is_empty()).then(|| kinds.join(","))),
            ("outcome", outcome.clone()),
            ("recorded_after", self.recorded_after.map(|at| at.to_string())),
            ("recorded_before", self.recorded_before.map(|at| at.to_string())),
            ("q", self.text.clone()),
        ];
        parameters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// An event in the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Its position: 0, 1, 2, ... without gaps.
    pub position: u64,
    /// When it was recorded; it never decreases from one position to the next.
    pub recorded_at: Instant,
    /// The event's id.
    pub event_id: EventId,
    /// Its leaf's hash: over `00 01`, `recorded_at` in Unix milliseconds as an unsigned 64-bit big-endian number,
    /// and the text of `event`.
    pub hash: Hash,
    /// The sentence for people.
    pub sentence: String,
    /// The event, in exactly the text that was hashed.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub event: Box<RawValue>,
}

/// A page of the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditPage {
    /// The events, in the order that was asked for.
    pub items: Vec<AuditEntry>,
    /// The opaque cursor of the next page; absent on the last. It belongs to these conditions and this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The log's last position; null for an empty log. There is no hole at or below it, and there never will be.
    pub committed_through: Option<u64>,
    /// How far this page has searched: nothing else that meets the conditions lies between where the page began and
    /// this position. A page may be short of items, or have none, and still have a next one, where a search for words
    /// or for several conditions came to the end of what one request may scan. Null if there was nothing to search.
    pub scanned_through: Option<u64>,
}

/// That an event stands in the tree of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckpointProof {
    /// The signed checkpoint (C2SP tlog-checkpoint).
    pub checkpoint: String,
    /// The checkpoint's size.
    pub size: u64,
    /// The inclusion proof (RFC 6962 section 2.1.1), from the leaf up.
    pub hashes: Vec<Hash>,
}

/// One event, and its place in the tree.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEvent {
    /// The event.
    pub entry: AuditEntry,
    /// The proof against the newest checkpoint that covers it; absent until there is one, for some seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<CheckpointProof>,
}

/// That a leaf stands in the tree of some size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InclusionProof {
    /// The leaf's position.
    pub position: u64,
    /// The tree's size.
    pub size: u64,
    /// The leaf's hash.
    pub hash: Hash,
    /// The proof (RFC 6962 section 2.1.1), from the leaf up.
    pub hashes: Vec<Hash>,
}

/// That an older tree is the beginning of a newer one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsistencyProof {
    /// The older tree's size.
    pub old: u64,
    /// The newer tree's size.
    pub new: u64,
    /// The proof (RFC 6962 section 2.1.2).
    pub hashes: Vec<Hash>,
}

/// A name under which an msp's checkpoints are signed, and the key. After a restored backup there is another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogOrigin {
    /// Its number; the first is 1.
    pub generation: i32,
    /// Its name, the first line of its checkpoints.
    pub name: String,
    /// The verifier key (C2SP signed-note), as other programs take it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub vkey: LogKey,
    /// How many entries the log had when it began.
    pub from_size: u64,
}

/// The verifier keys of an msp's log, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogKeys {
    /// Whose log.
    pub msp: MspId,
    /// The origins.
    pub origins: Vec<LogOrigin>,
}
