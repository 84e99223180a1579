//! Whether Redis can be used, and since when.

use countersign_protocol::Instant;

/// The link's health. `since` is the moment of the last switch: what Redis knew before it may be
/// lost (after a restart) or stand elsewhere (in SQL, from an outage).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Commands are sent.
    Up {
        /// When the link came up.
        since: Instant,
    },
    /// Commands are refused without being tried.
    Down {
        /// When the link went down; the process's start if it was never up.
        since: Instant,
    },
}

impl State {
    /// The moment of the last switch, in either direction.
    #[must_use]
    pub fn since(self) -> Instant {
        match self {
            Self::Up { since } | Self::Down { since } => since,
        }
    }

    /// Whether commands are sent.
    #[must_use]
    pub fn is_up(self) -> bool {
        matches!(self, Self::Up { .. })
    }
}
