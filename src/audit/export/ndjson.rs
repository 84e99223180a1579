//! Evidence: JSON lines from which the tree can be built again. The first has the log's keys and checkpoints, the
//! last says that nothing was cut off.

use countersign_protocol::{EventId, MspId, audit::Hash, wire::audit::LogOrigin};
use serde::Serialize;

use super::ExportHead;
use crate::store::audit::{AuditRow, Body, Leaf};

/// The version of this form.
const VERSION: u8 = 1;

#[derive(Serialize)]
struct Head<'a> {
    countersign_audit: u8,
    msp: MspId,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    filtered: bool,
    origins: &'a [LogOrigin],
    checkpoints: &'a [String],
}

#[derive(Serialize)]
struct Line<'a> {
    position: i64,
    /// Unix milliseconds; null with the body.
    recorded_at: Option<i64>,
    event_id: EventId,
    /// The event's text; null where retention has taken it.
    body: Option<&'a str>,
    /// Null where somebody has taken the leaf away.
    hash: Option<Hash>,
}

#[derive(Serialize)]
struct End {
    end: Through,
}

#[derive(Serialize)]
struct Through {
    through: Option<u64>,
    entries: u64,
}

fn written<T: Serialize>(line: &T) -> String {
    // Numbers, texts and lists: nothing here fails to become JSON.
    let mut text = serde_json::to_string(line).unwrap_or_default();
    text.push('\n');
    text
}

pub(super) fn head(head: &ExportHead) -> String {
    let ExportHead { msp, filtered, origins, checkpoints } = head;
    written(&Head {
        countersign_audit: VERSION,
        msp: *msp,
        filtered: *filtered,
        origins,
        checkpoints,
    })
}

pub(super) fn line(row: &AuditRow) -> String {
    written(&Line {
        position: row.position,
        recorded_at: Some(row.recorded_at.unix_millis()),
        event_id: row.event_id,
        body: Some(&row.body),
        hash: row.hash.map(|hash| Hash(hash.0)),
    })
}

pub(super) fn evidence(leaf: &Leaf, body: Option<&Body>) -> String {
    written(&Line {
        position: leaf.position,
        recorded_at: body.map(|body| body.recorded_at.unix_millis()),
        event_id: leaf.event_id,
        body: body.map(|body| body.body.as_str()),
        hash: Some(Hash(leaf.hash.0)),
    })
}

pub(super) fn end(through: Option<u64>, entries: u64) -> String {
    written(&End { end: Through { through, entries } })
}
