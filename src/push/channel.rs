//! What every channel can do, whoever its vendor is.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use countersign_protocol::{Instant, LoginId, wire::mobile::PushAddress};

use super::{Language, Trouble};

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
    /// Asked right before it is posted, whatever was waited for until then.
    pub wanted: Wanted,
}

/// Whether a notice is still wanted; by default it is.
#[derive(Clone)]
pub struct Wanted(Arc<dyn Fn() -> bool + Send + Sync>);

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
    /// The vendor takes none for now: 5xx, a quota of ours, no connection, timeouts. Try again, not before `after`.
    Later {
        /// Why.
        reason: String,
        /// How long the vendor asks to be left alone.
        after: Option<Duration>,
    },
    /// This address gets too many; others are not concerned. Try again, not before `after`.
    Busy {
        /// Why.
        reason: String,
        /// How long the vendor asks that it be left alone.
        after: Option<Duration>,
    },
    /// It was wanted no more when it was about to be posted, and it was not.
    Unwanted,
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
    fn trouble(&self) -> Option<Trouble>;

    /// The public key that browsers and apps subscribe with, where the channel has one: an uncompressed point in
    /// base64url (`applicationServerKey`).
    fn application_server_key(&self) -> Option<String> {
        None
    }

    /// Reads the keys again; the old ones stay where the new can't be read.
    ///
    /// # Errors
    /// What can't be read, and why.
    fn reload(&self) -> Result<(), Trouble>;

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
            | Self::Busy { reason, .. }
            | Self::Never { reason }
            | Self::Ours { reason } => reason,
            Self::Unwanted => "unwanted",
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

impl Wanted {
    /// It is wanted for as long as this holds.
    pub fn while_so(holds: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(holds))
    }
}

impl Default for Wanted {
    fn default() -> Self {
        Self::while_so(|| true)
    }
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wanted").field(&(self.0)()).finish()
    }
}

impl Notice {
    /// To be asked with nothing to wait for between this and the post.
    ///
    /// # Errors
    /// [`Fault::Unwanted`].
    pub(super) fn still_wanted(&self) -> Result<(), Fault> {
        if (self.wanted.0)() { Ok(()) } else { Err(Fault::Unwanted) }
    }

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
