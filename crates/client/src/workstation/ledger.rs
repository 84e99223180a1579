//! The counter that tells a workstation from a copy of its disk.

use countersign_protocol::Bytes;
use serde::{Deserialize, Serialize};

/// What a workstation must have on its disk before it sends an assertion.
///
/// The service gives a counter with each token and takes only the last one it gave. A restored image
/// presents an older one; of two clones, the slower does. The `rid` lets the *same* image ask again for an
/// answer that got lost: it is chosen and kept before sending, and dropped with the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The counter that the service gave last.
    pub counter: u64,
    /// The rotation under way, if its answer has not arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rid: Option<Bytes<16>>,
}

impl Ledger {
    /// The ledger of a counter that just arrived.
    #[must_use]
    pub fn at(counter: u64) -> Self {
        Self { counter, rid: None }
    }
}
