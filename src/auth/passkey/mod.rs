//! Passkeys (WebAuthn Level 3) by webauthn-rs, with challenges of our own making.
//!
//! A challenge here is no random number that the server remembers but a hash that commits to what the
//! person was shown. So nothing is kept between the two halves of a ceremony: the second half rebuilds
//! the library's state from the same inputs. That a response counts once is for the database to see to.

mod error;
mod evidence;
mod relying_party;

pub use error::{PasskeyError, RelyingPartyError};
pub use evidence::{Evidence, EvidenceError, RecordedKey};
pub use relying_party::{Registration, RelyingParty, Verified};
pub use webauthn_rs::prelude::{CredentialID as CredentialId, Passkey};

#[cfg(test)]
mod tests;
