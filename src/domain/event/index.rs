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

/// How many characters of a word are filed by: a row of a PostgreSQL index holds 2,704 bytes at most.
const FILED_BY: usize = 200;

impl Index {
    /// The index with every text on one line, and words no longer than an index takes.
    #[must_use]
    pub fn to_be_filed(mut self) -> Self {
        self.sentence = one_line(&self.sentence);
        for word in [&mut self.about.account, &mut self.about.outcome].into_iter().flatten() {
            *word = filed_by(word);
        }
        self.kind = filed_by(&self.kind);
        self
    }
}

fn filed_by(word: &str) -> String {
    let end = word.char_indices().nth(FILED_BY).map_or(word.len(), |(end, _)| end);
    one_line(&word[..end])
}
