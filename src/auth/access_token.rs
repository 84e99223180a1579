//! Short access tokens (RFC 9068) that the service signs for phones and workstations, bound to their
//! key (RFC 9449 section 6.1).

mod verified;

use std::{sync::Arc, time::Duration};

use countersign_protocol::{
    DeviceId, Instant, MspId, TechnicianId, TenantId, WorkstationId, encoding::base64url,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::verified::VerifiedTokens;
use super::{
    jws::{JwsError, LEEWAY, NumericDate, Unverified, is_sound_jti},
    signing_keys::{Purpose, SigningError, SigningKeys},
};
use crate::ambient::Random;

/// The `aud` of every token: one service, whatever its URL is called tomorrow.
const AUDIENCE: &str = "countersign";
/// The header's `typ` (RFC 9068 section 2.1).
const TYP: &str = "at+jwt";
/// The longest token we read, in bytes: ours have about 700.
const LIMIT: usize = 2048;

/// Whom a token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A technician's phone.
    Device {
        /// The msp.
        msp: MspId,
        /// The phone.
        device: DeviceId,
        /// Its technician.
        technician: TechnicianId,
    },
    /// A tenant's machine.
    Workstation {
        /// The msp.
        msp: MspId,
        /// The customer.
        tenant: TenantId,
        /// The machine.
        workstation: WorkstationId,
    },
}

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// Whom it speaks for.
    pub subject: Subject,
    /// The thumbprint of the key that must prove possession with every use (`cnf.jkt`).
    pub jkt: String,
    /// The token's own id.
    pub jti: String,
    /// When it was issued.
    pub iat: Instant,
    /// When it ends.
    pub exp: Instant,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessTokenError {
    /// Not a JWS of the right kind, or not signed by the key it names.
    #[error("the access token is refused: {0}")]
    Jws(#[from] JwsError),
    /// No key of this id signs access tokens (any more).
    #[error("the access token is signed by a key that is not in force")]
    UnknownKey,
    /// Issued by another installation.
    #[error("the access token has another issuer")]
    WrongIssuer,
    /// Meant for another audience.
    #[error("the access token has another audience")]
    WrongAudience,
    /// Issued more than five seconds ahead of our clock.
    #[error("the access token comes from the future")]
    FromTheFuture,
    /// Ended more than five seconds ago.
    #[error("the access token has expired")]
    Expired,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Device,
    Workstation,
}

#[derive(Serialize, Deserialize)]
struct Confirmation {
    jkt: String,
}

/// The claims as they travel.
#[derive(Serialize, Deserialize)]
struct Wire {
    iss: String,
    aud: String,
    sub: Uuid,
    kind: Kind,
    msp: MspId,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<TenantId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    technician: Option<TechnicianId>,
    cnf: Confirmation,
    iat: NumericDate,
    exp: NumericDate,
    jti: String,
}

impl Wire {
    fn subject(&self) -> Option<Subject> {
        let msp = self.msp;
        match (&self.kind, self.tenant, self.technician) {
            (Kind::Device, None, Some(technician)) => {
                Some(Subject::Device { msp, device: self.sub.into(), technician })
            }
            (Kind::Workstation, Some(tenant), None) => {
                Some(Subject::Workstation { msp, tenant, workstation: self.sub.into() })
            }
            _ => None,
        }
    }
}

/// Issues access tokens and verifies its own.
pub struct Issuer {
    keys: Arc<SigningKeys>,
    iss: String,
    verified: VerifiedTokens,
}

impl Issuer {
    /// An issuer named `iss` (the `public_url` setting) that signs and verifies with `keys`.
    #[must_use]
    pub fn new(keys: Arc<SigningKeys>, iss: String) -> Self {
        Self { keys, iss, verified: VerifiedTokens::default() }
    }

    /// A token for `subject`, bound to the key with the thumbprint `jkt`, that ends `lifetime` after
    /// `now` (both cut to whole seconds).
    ///
    /// # Errors
    /// If no access-token key is in force, or signing failed.
    pub fn issue(
        &self,
        subject: Subject,
        jkt: &str,
        now: Instant,
        lifetime: Duration,
        random: &dyn Random,
    ) -> Result<String, SigningError> {
        let (kind, sub, msp, tenant, technician) = match subject {
            Subject::Device { msp, device, technician } => {
                (Kind::Device, device.0, msp, None, Some(technician))
            }
            Subject::Workstation { msp, tenant, workstation } => {
                (Kind::Workstation, workstation.0, msp, Some(tenant), None)
            }
        };
        let claims = Wire {
            iss: self.iss.clone(),
            aud: AUDIENCE.to_owned(),
            sub,
            kind,
            msp,
            tenant,
            technician,
            cnf: Confirmation { jkt: jkt.to_owned() },
            iat: NumericDate(now),
            exp: NumericDate(now + lifetime),
            jti: base64url(&random.bytes::<16>()),
        };
        self.keys.sign_jwt(Purpose::AccessToken, TYP, &claims, now)
    }

    /// What the token says, if it is ours and in force at `now`.
    ///
    /// That its bearer holds the key `jkt` is for [`super::dpop::verify_proof`] to say, and that its
    /// subject is still active for the database.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn verify(&self, token: &str, now: Instant) -> Result<Arc<AccessClaims>, AccessTokenError> {
        // Read before the keys are used: a replacement in between makes what we remember stale at once.
        let generation = self.keys.generation();
        if let Some(claims) = self.verified.get(token, generation, now) {
            return in_time(&claims, now).map(|()| claims);
        }
        let jws = Unverified::parse(token, LIMIT, TYP)?;
        let kid = jws.kid().ok_or(AccessTokenError::UnknownKey)?;
        let key = self.keys.by_kid(Purpose::AccessToken, kid, now);
        let key = key.ok_or(AccessTokenError::UnknownKey)?;
        let wire: Wire = jws.verified(&key.public)?;
        if wire.iss != self.iss {
            return Err(AccessTokenError::WrongIssuer);
        }
        if wire.aud != AUDIENCE {
            return Err(AccessTokenError::WrongAudience);
        }
        let subject = wire.subject().ok_or(JwsError::BadClaims)?;
        if !is_sound_jti(&wire.jti) {
            return Err(JwsError::BadClaims.into());
        }
        let (iat, exp) = (wire.iat.0, wire.exp.0);
        let claims = AccessClaims { subject, jkt: wire.cnf.jkt, jti: wire.jti, iat, exp };
        in_time(&claims, now)?;
        let claims = Arc::new(claims);
        self.verified.put(token, generation, key.retires_at, Arc::clone(&claims));
        Ok(claims)
    }
}

fn in_time(claims: &AccessClaims, now: Instant) -> Result<(), AccessTokenError> {
    if claims.iat > now + LEEWAY {
        return Err(AccessTokenError::FromTheFuture);
    }
    if now >= claims.exp + LEEWAY {
        return Err(AccessTokenError::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
