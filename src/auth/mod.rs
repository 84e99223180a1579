//! Who is asking, and can they prove it: wrappers of jsonwebtoken and webauthn-rs, and the text forms
//! of the secrets the service hands out. No SQL and no HTTP here; time and randomness are parameters.

pub mod access_token;
pub mod dpop;
mod jws;
#[cfg(test)]
mod jws_forge;
pub mod signing_keys;
pub mod workstation_assertion;

pub use access_token::{AccessClaims, AccessTokenError, Issuer, Subject};
pub use dpop::DpopError;
pub use jws::JwsError;
pub use signing_keys::{Purpose, SigningKey, SigningKeys};
pub use workstation_assertion::{Assertion, AssertionError};
