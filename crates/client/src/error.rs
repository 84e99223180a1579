//! Why a call did not give what it promises.

use std::time::Duration;

use countersign_protocol::{Problem, ProblemCode, grant::GrantError};

use crate::{keys::KeyError, passkey::AuthenticatorFailure};

/// Why a call did not give what it promises.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The service refused, and said why (RFC 9457).
    #[error("{problem}")]
    Problem {
        /// What it said.
        problem: Box<Problem>,
        /// When to come back, if it said so (RFC 9110 section 10.2.3).
        retry_after: Option<Duration>,
    },
    /// No answer: the service was not reached, or the connection broke. Whether it acted is unknown.
    #[error("no answer from the service")]
    Transport(#[source] reqwest::Error),
    /// An answer that is not of the contract, a proxy's error page perhaps.
    #[error("an answer with status {status} that is not of the contract: {why}")]
    Unexpected {
        /// Its HTTP status.
        status: u16,
        /// What was wrong with it.
        why: String,
        /// When to come back, if it said so.
        retry_after: Option<Duration>,
    },
    /// The challenge to be signed is not the one of what was shown. Nothing was signed.
    #[error("the service asks for a signature over something else than what was shown")]
    ChallengeMismatch,
    /// The service now describes the login otherwise than it was shown. Nothing was signed.
    #[error("the login is no longer the one that was shown")]
    LoginChanged,
    /// The service answered with a login, a technician or a device other than the one asked for.
    #[error("the service answered about something else: {0}")]
    NotOurs(&'static str),
    /// A scanned link is not one of this service's, or of none.
    #[error("the scanned link is not one of this service's")]
    ForeignLink,
    /// The passkey gave no answer (the person turned away, or the platform failed).
    #[error("the passkey gave no answer")]
    Authenticator(#[source] AuthenticatorFailure),
    /// The grant or the key set is not believed.
    #[error("the grant is not believed")]
    Grant(#[from] GrantError),
    /// This login's grant was checked before: the nonce is used once.
    #[error("this login's grant was checked before")]
    NonceUsed,
    /// The caller's deadline came before an answer that could be used.
    #[error("the deadline came first")]
    Deadline,
    /// A key could not be made, read or used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What must survive a crash could not be kept; nothing was sent.
    #[error("the state could not be kept")]
    NotKept(#[source] std::io::Error),
    /// The service's URL has no host, or a path, name or header can't be written in a request.
    #[error("not a request that can be sent: {0}")]
    Unsendable(String),
}

impl Error {
    /// The problem's code, if the service refused and said why.
    #[must_use]
    pub fn code(&self) -> Option<ProblemCode> {
        match self {
            Self::Problem { problem, .. } => Some(problem.code),
            _ => None,
        }
    }

    /// The HTTP status of the answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Problem { problem, .. } => Some(problem.status),
            Self::Unexpected { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// When to come back, if the service said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem { retry_after, .. } | Self::Unexpected { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }

    /// True if the same request may well succeed later: no answer, or one of 502, 503 and 504.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport(error) => !error.is_builder(),
            _ => matches!(self.status(), Some(502..=504)),
        }
    }
}
