//! Logins, as the workstation opens and sees them.

use serde::{Deserialize, Serialize};

use crate::{Entry, Instant, LoginId, Nonce, Purpose, wire::LoginState};

/// How a login is entered at the workstation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OpenBy {
    /// The technician's name is typed; the answer holds the code to show.
    Push {
        /// The technician's e-mail address or user name.
        #[cfg_attr(
            feature = "openapi",
            schema(min_length = 1, max_length = 254, example = "nik@example.com")
        )]
        name: String,
    },
    /// No name: a phone scans the QR code.
    Qr {},
}

/// Opens a login. Its `Idempotency-Key` names it: the same key is the same login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenLogin {
    /// How.
    pub by: OpenBy,
    /// What for.
    pub purpose: Purpose,
    /// Which of the machine's logon sessions asks, 1 to 64 characters: a newer login of the same session
    /// supersedes the older one.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64, example = "console"))]
    pub os_session: String,
    /// 32 fresh random bytes; the grant repeats them.
    pub nonce: Nonce,
}

/// What the workstation draws for a QR login.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QrKey {
    /// The key of the secrets (see `countersign_protocol::qr`).
    pub claim_key: Nonce,
    /// How many seconds a secret stands.
    pub step_seconds: i64,
}

/// An opened login.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Opened {
    /// The login.
    #[serde(flatten)]
    pub login: LoginView,
    /// The code to show, for push logins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What to draw, for QR logins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr: Option<QrKey>,
}

/// Why a login ended without entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The technician said it was a mistake.
    Mistake,
    /// The technician reported fraud.
    Fraud,
    /// The code typed on the phone was wrong.
    WrongCode,
    /// Too many wrong QR secrets.
    WrongClaims,
    /// The workstation withdrew it.
    Withdrawn,
    /// A technician, device, workstation or delegation it rested on ended.
    Suspended,
    /// Approved, but nobody took the grant in time.
    NotTaken,
}

impl Outcome {
    /// The outcome's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mistake => "mistake",
            Self::Fraud => "fraud",
            Self::WrongCode => "wrong_code",
            Self::WrongClaims => "wrong_claims",
            Self::Withdrawn => "withdrawn",
            Self::Suspended => "suspended",
            Self::NotTaken => "not_taken",
        }
    }
}

/// How far a push login has come towards its technician. A name that means nobody, or a phone that is off, looks
/// the same as a push that got lost: `unconfirmed`, after the same five seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The first five seconds.
    Trying,
    /// No phone has shown that it knows of the login: offer to send again, the QR code, or the offline code.
    Unconfirmed,
    /// A phone has opened it, or its notification service acknowledged it. Told after the first five seconds too:
    /// an approval that comes sooner needs no word of it.
    Seen,
}

impl Reach {
    /// How long a login is `trying`, in seconds.
    pub const TRYING_SECONDS: u64 = 5;
}

/// A login as its workstation sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginView {
    /// The login.
    pub id: LoginId,
    /// Where it stands.
    pub state: LoginState,
    /// The row's version; it rises with each change.
    pub version: i64,
    /// How it was entered.
    pub entry: Entry,
    /// How far a pending push login has come towards its technician.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// Why it ended, if it did without entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Who claimed the QR login: their e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<String>,
    /// When it ends if nobody decides.
    pub expires_at: Instant,
    /// Until when the grant can be taken, once approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take_until: Option<Instant>,
    /// The service's time.
    pub server_time: Instant,
}

impl LoginView {
    /// The number in the ETag of this view: of two views with the same one, nothing differs but the time.
    #[must_use]
    pub fn tag(&self) -> i64 {
        let reach = match self.reach {
            None => 0,
            Some(Reach::Trying) => 1,
            Some(Reach::Unconfirmed) => 2,
            Some(Reach::Seen) => 3,
        };
        self.version.saturating_mul(4).saturating_add(reach)
    }
}

/// A grant, to be checked with `countersign_protocol::grant::check_grant`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Granted {
    /// The JWT.
    pub grant: String,
}
