//! What an event's text tells beside the columns, whatever its fact is: also one that this version doesn't know.

use countersign_protocol::Instant;
use serde_json::Value;

use crate::{domain::one_line, store::audit::AuditRow};

/// An event's text, read as far as forms need it.
pub(super) struct Told(Value);

impl Told {
    pub(super) fn of(row: &AuditRow) -> Self {
        Self(serde_json::from_str(&row.body).unwrap_or_default())
    }

    /// When it happened, by the clock of its node.
    pub(super) fn at(&self) -> Option<Instant> {
        self.0["at"].as_str()?.parse().ok()
    }

    /// The version of the entity after it.
    pub(super) fn version(&self) -> i64 {
        self.0["version"].as_i64().unwrap_or(0)
    }

    /// What it is about: kind, and id or ids.
    pub(super) fn entity(&self) -> (String, String) {
        let entity = &self.0["entity"];
        (text(&entity["kind"]), text(&entity["id"]))
    }

    /// Who did it: kind, and id.
    pub(super) fn actor(&self) -> (String, String) {
        let actor = &self.0["actor"];
        let kind = text(&actor["kind"]);
        let id = match kind.as_str() {
            "admin" => text(&actor["token"]),
            "key" => text(&actor["jkt"]),
            _ => text(&actor[kind.as_str()]),
        };
        (kind, id)
    }

    /// A member of the fact.
    pub(super) fn member(&self, name: &str) -> Option<String> {
        Some(text(&self.0[name])).filter(|text| !text.is_empty())
    }
}

/// A text on one line; the texts of a list with spaces between; nothing for what is no text.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}
