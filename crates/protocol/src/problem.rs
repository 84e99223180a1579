//! Problem documents (RFC 9457): every refusal of the service is one of these.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $title:literal;)+) => {
        /// What went wrong, as a stable word. New words may come: treat an unknown one by its HTTP status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum ProblemCode {
            $($(#[$doc])* #[serde(rename = $text)] $name,)+
            /// A word this version does not know.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        impl ProblemCode {
            /// Every code the service sends.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ Self::Unknown => "unknown" }
            }

            /// The HTTP status it travels with.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ Self::Unknown => 500 }
            }

            /// A title for people, the same for every occurrence.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ Self::Unknown => "Unknown problem" }
            }
        }
    };
}

codes! {
    /// The request's JSON, path, query or headers are not what the contract says.
    InvalidRequest = "invalid_request", 400, "The request is not what the contract says";
    /// The body is larger than the route takes.
    TooLarge = "too_large", 413, "The request is too large";
    /// No access token, or one that is not (or no longer) valid.
    InvalidToken = "invalid_token", 401, "The access token is missing or not valid";
    /// The DPoP proof is missing or fails a check of RFC 9449 section 4.3.
    InvalidProof = "invalid_dpop_proof", 401, "The DPoP proof is missing or not valid";
    /// A refresh token that is unknown, expired or was used before.
    InvalidGrant = "invalid_grant", 401, "The refresh token is not valid: sign in again";
    /// A workstation's assertion fails a check of RFC 7523 section 3.
    InvalidAssertion = "invalid_assertion", 401, "The workstation's assertion is not valid";
    /// The assertion's counter is stale: a cloned or restored image. The workstation is quarantined.
    Quarantined = "workstation_quarantined", 403, "The workstation is quarantined: an admin must release it";
    /// The workstation still waits for an admin's confirmation.
    NotConfirmed = "workstation_not_confirmed", 403, "The workstation waits for an admin's confirmation";
    /// The caller may not do this.
    Forbidden = "forbidden", 403, "This is not allowed";
    /// Nothing of this id is visible to the caller.
    NotFound = "not_found", 404, "There is nothing here";
    /// The method is not one of this route's.
    MethodNotAllowed = "method_not_allowed", 405, "The route does not take this method";
    /// The ticket is unknown, expired, used, or bound to another key.
    InvalidTicket = "invalid_ticket", 403, "The ticket is not valid: ask for a new one";
    /// The enrolment token is unknown, expired, used up or revoked.
    InvalidEnrolmentToken = "invalid_enrolment_token", 403, "The enrolment token is not valid: ask for a new one";
    /// The passkey's answer fails a check of WebAuthn Level 3 section 7.
    InvalidCredential = "invalid_credential", 403, "The passkey's answer is not valid";
    /// The typed code is wrong; the login is denied.
    WrongCode = "wrong_code", 403, "The code is wrong: the login is denied";
    /// The QR secret is wrong or too old.
    WrongSecret = "wrong_secret", 403, "The QR code is wrong or too old: scan again";
    /// The tenant refuses a phone in another network than the workstation's.
    NetworkMismatch = "network_mismatch", 403, "The phone is in another network than the workstation, and the tenant refuses that";
    /// The login is not in a state that allows this; `state` tells it.
    LoginNotPending = "login_not_pending", 409, "The login is no longer pending";
    /// The login is not approved (yet), or its grant's time to be taken is over.
    GrantNotAvailable = "grant_not_available", 409, "There is no grant to take";
    /// The login was claimed already.
    AlreadyClaimed = "already_claimed", 409, "Someone has claimed this login already";
    /// The same Idempotency-Key came with another request.
    IdempotencyConflict = "idempotency_conflict", 409, "This Idempotency-Key belongs to another request";
    /// Something of this name exists.
    AlreadyExists = "already_exists", 409, "Something of this name exists already";
    /// The resource is not in a state that allows this.
    Conflict = "conflict", 409, "The resource is not in a state that allows this";
    /// The event stood here; retention has taken its body, and the tree keeps its hash.
    Pruned = "pruned", 410, "The event's body was pruned: the log keeps its hash";
    /// Push logins are frozen on this workstation after a fraud report.
    PushFrozen = "push_frozen", 403, "Push logins are frozen on this workstation: an admin must lift it, a QR login still works";
    /// Too many requests of this kind; `Retry-After` tells when to come back.
    TooManyRequests = "too_many_requests", 429, "Too many requests: come back later";
    /// A part the service needs does not answer. Nothing was changed.
    Unavailable = "unavailable", 503, "A part of the service does not answer: nothing was changed";
    /// A fault of the service. It was logged; nothing was allowed.
    Internal = "internal", 500, "The service failed: nothing was allowed";
}

/// An RFC 9457 problem document, `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:countersign:problem:` and the code: stable.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The code alone.
    pub code: ProblemCode,
    /// A title for people, the same for every occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong with this request, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The state that stood in the way, for `login_not_pending` and `conflict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

impl Problem {
    /// The document of a code.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        Self {
            type_uri: format!("urn:countersign:problem:{}", code.as_str()),
            code,
            title: code.title().to_owned(),
            status: code.status(),
            detail: None,
            state: None,
        }
    }

    /// The same, with what was wrong this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same, with the state that stood in the way.
    #[must_use]
    pub fn state(mut self, state: impl Into<String>) -> Self {
        self.state = Some(state.into());
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.detail.as_deref().unwrap_or(&self.title), self.code.as_str())
    }
}

impl std::error::Error for Problem {}
