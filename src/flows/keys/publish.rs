//! The signed key set, from which workstations learn whom to believe.

use countersign_protocol::{
    P256Jwk,
    grant::{KEY_SET_TYP, KeySet, PublishedKey},
    wire::service::SignedKeySet,
};

use crate::{auth::Purpose, domain::Failure, flows::Context};

/// The grant keys in force, and those that soon will be, signed by the installation key.
///
/// # Errors
/// If no installation key is in force.
pub fn published(ctx: &Context) -> Result<SignedKeySet, Failure> {
    let now = ctx.now();
    let keys = ctx
        .signing
        .in_force(Purpose::Grant, now)
        .iter()
        .map(|key| PublishedKey {
            kid: key.kid.clone(),
            purpose: "grant".into(),
            jwk: key.public.clone(),
        })
        .collect();
    let set = KeySet { iss: ctx.public_url(), iat: now.unix_seconds(), keys };
    let signed = ctx
        .signing
        .sign_jwt(Purpose::Installation, KEY_SET_TYP, &set, now)
        .map_err(|error| Failure::Fault(format!("the key set can't be signed: {error}")))?;
    Ok(SignedKeySet { signed })
}

/// The installation keys that workstations pin at enrolment.
#[must_use]
pub fn installation_keys(ctx: &Context) -> Vec<P256Jwk> {
    let keys = ctx.signing.in_force(Purpose::Installation, ctx.now());
    keys.iter().map(|key| key.public.clone()).collect()
}
