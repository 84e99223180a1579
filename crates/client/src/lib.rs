//! Countersign's client, typed and async: what a technician's app, a workstation's agent and an admin's
//! tools say to the service, and what they must check before they believe an answer.
//!
//! | part | for |
//! | --- | --- |
//! | [`Phone`] | enrolling, listing and judging logins, approving by passkey |
//! | [`Workstation`] | enrolling, opening logins, waiting, taking and checking grants |
//! | [`Admin`] | the resources of an msp |
//! | [`Transport`], [`Request`] | raw requests, for whatever the typed calls do not cover |
//!
//! Everything that is signed is rebuilt from what was shown: the client never signs a challenge only
//! because the service sent it. Nothing waits without a bound.

mod admin;
mod backoff;
mod clock;
mod discovery;
mod dpop;
mod error;
mod http;
mod keys;
mod passkey;
mod persist;
mod phone;
mod random;
mod wait;
mod workstation;

pub use admin::{Admin, AuditTail, Paging};
pub use backoff::Backoff;
pub use clock::{Clock, ServiceClock, SystemClock};
pub use dpop::{DPOP_TYP, Proof};
pub use error::Error;
pub use http::{Answer, Request, Streamed, Transport};
pub use keys::{DeviceKey, EncryptionKey, KeyError};
pub use passkey::{Authenticator, AuthenticatorFailure};
pub use persist::{Nowhere, Persist};
pub use phone::{Enrolling, HeldTokens, Ownership, PendingList, Phone};
pub use random::random_bytes;
pub use reqwest::{Method, StatusCode, header};
pub use wait::{Heard, until_changed};
pub use workstation::{HeardState, Identity, Ledger, OpenedLogin, Workstation, WorkstationKeys};

/// What a fallible call of this crate gives.
pub type Result<T> = std::result::Result<T, Error>;
