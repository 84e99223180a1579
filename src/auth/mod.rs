//! Who is asking, and can they prove it, and what keeps secrets: wrappers of the cryptographic libraries
//! and the text forms of the secrets that the service hands out. No SQL and no HTTP here; time and
//! randomness are parameters.

pub mod access_token;
pub mod bearer;
pub mod dpop;
mod jws;
#[cfg(test)]
mod jws_forge;
mod master_key;
pub mod passkey;
pub mod refresh_token;
mod sealing;
pub mod sign_in_nonce;
pub mod signing_keys;
pub mod vendor_keys;
pub mod webhook_secret;
pub mod workstation_assertion;

pub use access_token::{AccessClaims, AccessTokenError, Issuer, Subject};
pub use bearer::{AdminSecret, BearerError, BearerSecret, EnrolmentSecret, TicketSecret};
pub use dpop::DpopError;
pub use jws::JwsError;
pub use master_key::{KeyRing, KeyRingError};
pub use passkey::{CredentialId, Passkey, PasskeyError, RelyingParty};
pub use refresh_token::RefreshToken;
pub use sealing::{Place, SealError};
pub use signing_keys::{Purpose, SigningKey, SigningKeys};
pub use vendor_keys::{NotSigned, VendorKey, VendorKeyError};
pub use webhook_secret::WebhookSecret;
pub use workstation_assertion::{Assertion, AssertionError};
