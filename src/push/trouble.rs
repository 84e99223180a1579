//! What is wrong with a channel's keys or settings.

use std::fmt;

use crate::outbound::Unusable;

/// Shown whole it names files, for the operator's eyes; [`Trouble::told`] is for everyone's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// What a setting names can't be used.
    Setting {
        /// The setting.
        key: &'static str,
        /// Why, perhaps with the file, and nothing of what stands in it.
        why: String,
    },
    /// The vendor refuses what the channel shows it, with this reason.
    Refused(String),
}

impl Trouble {
    /// As anybody may read it.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Setting { key, .. } => format!("{key} can't be used; the log says why"),
            Self::Refused(_) => self.to_string(),
        }
    }

    pub(super) fn setting(key: &'static str, why: impl fmt::Display) -> Self {
        Self::Setting { key, why: why.to_string() }
    }
}

impl From<Unusable> for Trouble {
    fn from(Unusable { key, why }: Unusable) -> Self {
        Self::Setting { key, why }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting { key, why } => write!(f, "{key}: {why}"),
            Self::Refused(reason) => write!(f, "refused: {reason}"),
        }
    }
}
