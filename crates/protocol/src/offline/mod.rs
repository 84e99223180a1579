//! Offline codes: what a technician's phone shows and a workstation without network accepts.
//!
//! The service makes the secrets, hands them to phones, and sends each workstation the [`OfflineRules`] of its
//! state document, sealed. From there on the two follow the rules here without it: [`Holding::show`] on the
//! phone, [`Ledger::check`] at the workstation. What happened is told later, as [`OfflineSession`] by the
//! workstation and as [`ShownCode`] by the phone.

pub mod code;
pub mod derived;
mod holding;
mod ledger;
mod lock;
mod record;
mod refusal;
mod rules;
mod search;
mod secret;
pub mod skew;
mod version;

pub use code::{Algorithm, CodeRule, Digits, Label};
pub use derived::{NotDerived, TechnicianKey, TenantRoot};
pub use holding::{Held, Holding, Shown, SyncFirst};
pub use ledger::{Accepted, Attempt, Contact, Ledger, Reading, StaleRules};
pub use lock::{FIRST_WAIT, FREE_FAILURES, LONGEST_WAIT, MOST_FAILURES, Wait};
pub use record::{NotItsRecord, OfflineSession, ShownCode, SignedShownCode};
pub use refusal::Refusal;
pub use rules::{Bounds, Ending, Keyed, OfflineRules, Prompt, Row, Rows};
pub use search::{RESYNCHRONISATION_STEPS, SKEW_STEPS};
pub use secret::{OfflineSecret, WrongLength};
pub use version::{Epochs, NotAVersion, SecretVersion};
