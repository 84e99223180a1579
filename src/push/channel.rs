//! What every channel can do, whoever its vendor is.

use std::time::Duration;

use async_trait::async_trait;
use countersign_protocol::{Instant, LoginId, wire::mobile::PushAddress};

use super::Language;

/// How long a withdrawal is worth delivering to a phone that is out of reach: the alert it takes back may
/// stand on the screen far longer than its login lived.
const WITHDRAWAL_LIFE: Duration = Duration::from_secs(60 * 60);

/// What a phone is told: an opaque id, never a name.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What for.
    pub kind: Kind,
    /// The login it is about; of a test, an id that names nothing.
    pub login: LoginId,
    /// The end of the login.
    pub expires_at: Instant,
    /// The device's language.
    pub language: Language,
}

/// What a notice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A login waits.
    Alert,
    /// It waits no more: the notification is to go away.
    Withdraw,
    /// Somebody wants to know whether pushes arrive.
    Test,
}

/// Why a notice was not taken for delivery. Reasons are short, stable words, the vendor's where it has one;
/// never a token or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The vendor knows no such address (any more): forget it, unless it was registered after `as_of`.
    Gone {
        /// Why.
        reason: String,
        /// Since when the vendor knows.
        as_of: Option<Instant>,
    },
    /// The address is not one this service can send to: quarantine it.
    Suspicious {
        /// Why.
        reason: String,
    },
    /// Try again, not before `after`: 5xx, 429, no connection, timeouts.
    Later {
        /// Why.
        reason: String,
        /// How long the vendor asks to be left alone.
        after: Option<Duration>,
    },
    /// This notice can't be sent, whoever tries: it is too large, or has expired.
    Never {
        /// Why.
        reason: String,
    },
    /// Our own keys or settings are refused: a human must be told.
    Ours {
        /// Why.
        reason: String,
    },
}

/// A step of a check, and what came of it.
pub type Step = (String, Result<String, String>);

/// A way to phones.
#[async_trait]
pub trait Channel: Send + Sync {
    /// `apns`, `fcm` or `web_push`, as [`push_channel`](crate::domain::facts::push_channel) says.
    fn name(&self) -> &'static str;

    /// Whether it can take a notification back. One that can't refuses [`Kind::Withdraw`] with
    /// [`Fault::Never`].
    fn can_withdraw(&self) -> bool;

    /// The vendor has taken the notice for delivery.
    ///
    /// # Errors
    /// What to do about it.
    async fn send(&self, to: &PushAddress, notice: &Notice, now: Instant) -> Result<(), Fault>;

    /// None while it could work; otherwise what is wrong with its keys or settings.
    fn trouble(&self) -> Option<String>;

    /// Reads the keys again; the old ones stay where the new can't be read.
    ///
    /// # Errors
    /// What can't be read, and why.
    fn reload(&self) -> Result<(), String>;

    /// Sends a test, and tells each step: `keys`, `token`, `connection`, `answer`. The first that fails is
    /// the last.
    async fn check(&self, to: &PushAddress, now: Instant) -> Vec<Step>;
}

impl Fault {
    /// The word.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Gone { reason, .. }
            | Self::Suspicious { reason }
            | Self::Later { reason, .. }
            | Self::Never { reason }
            | Self::Ours { reason } => reason,
        }
    }

    pub(super) fn suspicious(reason: &str) -> Self {
        Self::Suspicious { reason: reason.to_owned() }
    }

    pub(super) fn later(reason: &str, after: Option<Duration>) -> Self {
        Self::Later { reason: reason.to_owned(), after }
    }

    pub(super) fn never(reason: &str) -> Self {
        Self::Never { reason: reason.to_owned() }
    }

    pub(super) fn ours(reason: &str) -> Self {
        Self::Ours { reason: reason.to_owned() }
    }
}

impl Notice {
    /// Until when the vendor is to try.
    ///
    /// # Errors
    /// The login has ended: no alert starts after that.
    pub(super) fn worth_until(&self, now: Instant) -> Result<Instant, Fault> {
        match self.kind {
            Kind::Withdraw => Ok(now + WITHDRAWAL_LIFE),
            Kind::Alert | Kind::Test if now < self.expires_at => Ok(self.expires_at),
            Kind::Alert | Kind::Test => Err(Fault::never("expired")),
        }
    }

    /// As [`worth_until`](Self::worth_until), in whole seconds from `now`.
    pub(super) fn worth_for(&self, now: Instant) -> Result<u64, Fault> {
        Ok(self.worth_until(now)?.since(now).as_secs())
    }
}

impl Kind {
    /// The word that the app reads.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Withdraw => "withdraw",
            Self::Test => "test",
        }
    }
}
