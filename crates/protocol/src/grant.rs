//! The grant: the signed statement that opens a workstation, and the rules by which it is believed.

use std::time::Duration;

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Account, GrantId, Instant, LoginId, MspId, Nonce, P256Jwk, Purpose, TechnicianId, TenantId,
    WorkstationId,
};

/// The `typ` of a grant (RFC 8725 section 3.11: explicit typing).
pub const GRANT_TYP: &str = "countersign-grant+jwt";
/// The `typ` of a signed key set.
pub const KEY_SET_TYP: &str = "countersign-keys+jwt";

/// A public key of the service, in its signed key set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublishedKey {
    /// The key's RFC 7638 thumbprint, the `kid` of what it signs.
    pub kid: String,
    /// What it signs; only `grant` keys sign grants.
    pub purpose: String,
    /// The key.
    pub jwk: P256Jwk,
}

/// The key set, the payload of a JWS by the installation key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeySet {
    /// The service's public URL.
    pub iss: String,
    /// When it was signed, Unix seconds.
    pub iat: i64,
    /// The keys: the current one and those that still verify.
    pub keys: Vec<PublishedKey>,
}

/// The technician a grant names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrantedTechnician {
    /// The id.
    pub id: TechnicianId,
    /// Their e-mail address.
    pub email: String,
    /// Their user name.
    pub user_name: String,
}

/// What the workstation must do with the account's password; the service never sees one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordRule {
    /// Make a fresh random password before the session.
    pub rotate_before_use: bool,
    /// Its length in characters.
    pub length: u16,
}

/// A grant's claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrantClaims {
    /// The service's public URL.
    pub iss: String,
    /// The workstation; nobody else may act on it.
    pub aud: WorkstationId,
    /// The grant's id, the same however often the answer is repeated.
    pub jti: GrantId,
    /// Issued at, Unix seconds.
    pub iat: i64,
    /// Expires at, Unix seconds.
    pub exp: i64,
    /// The login it follows from.
    pub login: LoginId,
    /// The provider.
    pub msp: MspId,
    /// The customer.
    pub tenant: TenantId,
    /// The nonce that the workstation chose when it opened the login.
    pub nonce: Nonce,
    /// Who enters.
    pub technician: GrantedTechnician,
    /// The account to open.
    pub account: Account,
    /// True if the workstation is to make the account where it is missing.
    pub create_account: bool,
    /// The password rule.
    pub password: PasswordRule,
    /// Sign-in or elevation.
    pub purpose: Purpose,
}

/// Why a grant or key set is not believed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GrantError {
    /// Not a JWS of the expected type and algorithm.
    #[error("not a token of type {0}")]
    WrongType(&'static str),
    /// No known key of the right purpose has this `kid`.
    #[error("no key for this kid: fetch the key set and check again")]
    UnknownKey,
    /// The signature or the claims' shape is wrong.
    #[error("the signature is not valid")]
    BadSignature,
    /// Issued by another service.
    #[error("issued by another service")]
    WrongIssuer,
    /// For another workstation.
    #[error("for another workstation")]
    WrongWorkstation,
    /// Not the nonce of the login this workstation opened.
    #[error("not for the login that was opened here")]
    WrongNonce,
    /// Too old by the workstation's monotonic clock.
    #[error("too old")]
    TooOld,
}

/// What the workstation knows when a grant arrives.
pub struct Expected<'a> {
    /// The service's public URL, as pinned at enrolment.
    pub issuer: &'a str,
    /// Its own id.
    pub workstation: WorkstationId,
    /// The nonce it chose; drop it after this check, whatever the result: it is used once.
    pub nonce: &'a Nonce,
    /// How long ago, on its monotonic clock, it opened the login.
    pub since_opened: Duration,
}

/// No grant is believed that arrives longer than this after the login was opened: the longest lifetime
/// of a login (600 s), the time to take a grant (60 s), and a minute for slow networks.
pub const MAX_SINCE_OPENED: Duration = Duration::from_secs(720);

/// The key set inside `signed`, if the pinned installation key signed it for `issuer`.
///
/// # Errors
/// [`GrantError`] says which check failed.
pub fn open_key_set(signed: &str, pinned: &[P256Jwk], issuer: &str) -> Result<KeySet, GrantError> {
    let kid = kid(signed, KEY_SET_TYP)?;
    let key = pinned.iter().find(|key| key.thumbprint() == kid).ok_or(GrantError::UnknownKey)?;
    let set: KeySet = claims(signed, key)?;
    if set.iss != issuer {
        return Err(GrantError::WrongIssuer);
    }
    Ok(set)
}

/// The claims of `grant`, if this workstation may act on it now.
///
/// The wall clock plays no part: freshness is the nonce, used once, and the age on the monotonic clock.
///
/// # Errors
/// [`GrantError`] says which check failed.
pub fn check_grant(
    grant: &str,
    keys: &KeySet,
    expected: &Expected<'_>,
) -> Result<GrantClaims, GrantError> {
    let kid = kid(grant, GRANT_TYP)?;
    let key = keys
        .keys
        .iter()
        .find(|key| key.kid == kid && key.purpose == "grant" && key.jwk.thumbprint() == kid)
        .ok_or(GrantError::UnknownKey)?;
    let claims: GrantClaims = claims(grant, &key.jwk)?;
    if claims.iss != expected.issuer {
        return Err(GrantError::WrongIssuer);
    }
    if claims.aud != expected.workstation {
        return Err(GrantError::WrongWorkstation);
    }
    if claims.nonce != *expected.nonce {
        return Err(GrantError::WrongNonce);
    }
    if expected.since_opened > MAX_SINCE_OPENED {
        return Err(GrantError::TooOld);
    }
    Ok(claims)
}

fn kid(token: &str, typ: &'static str) -> Result<String, GrantError> {
    let header = decode_header(token).map_err(|_| GrantError::WrongType(typ))?;
    if header.typ.as_deref() != Some(typ) || header.alg != Algorithm::ES256 {
        return Err(GrantError::WrongType(typ));
    }
    header.kid.ok_or(GrantError::UnknownKey)
}

fn claims<T: DeserializeOwned + Clone>(token: &str, key: &P256Jwk) -> Result<T, GrantError> {
    let mut rules = Validation::new(Algorithm::ES256);
    rules.required_spec_claims.clear();
    rules.validate_exp = false; // no wall clock: see check_grant
    rules.validate_aud = false; // compared as a typed id
    decode::<T>(token, &key.decoding_key(), &rules)
        .map(|token| token.claims)
        .map_err(|_| GrantError::BadSignature)
}

impl GrantClaims {
    /// When the grant was issued.
    #[must_use]
    pub fn issued_at(&self) -> Instant {
        Instant::from_unix_millis(self.iat.saturating_mul(1000))
    }
}

#[cfg(test)]
mod tests;
