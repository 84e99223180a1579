//! What an event's text tells of itself to whoever files it, whatever its fact is: a node of an older version
//! files the events of a newer one.

use countersign_protocol::{EventId, MspId, TenantId};
use serde::Deserialize;

use super::{About, line::one_line};

/// The fields of an event's text by which the log files and finds it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Index {
    /// The event.
    pub id: EventId,
    /// Whose log.
    pub msp: MspId,
    /// The tenant, if one.
    #[serde(default)]
    pub tenant: Option<TenantId>,
    /// Whom and what else it concerns.
    #[serde(default)]
    pub about: About,
    /// The fact's word.
    #[serde(rename = "fact")]
    pub kind: String,
    /// The sentence for people.
    pub sentence: String,
}

impl Index {
    /// The index with every text on one line.
    #[must_use]
    pub fn on_one_line(mut self) -> Self {
        self.sentence = one_line(&self.sentence);
        for word in [&mut self.about.account, &mut self.about.outcome].into_iter().flatten() {
            *word = one_line(word);
        }
        self.kind = one_line(&self.kind);
        self
    }
}
