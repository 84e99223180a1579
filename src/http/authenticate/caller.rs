//! Phones and workstations with an access token.

use std::{future::Future, pin::Pin, sync::Arc};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use countersign_protocol::{P256Jwk, ProblemCode};
use uuid::Uuid;

use super::{
    Known,
    proven::{context, only, prove},
};
use crate::{
    auth::{AccessClaims, Subject},
    domain::{Failure, Refusal},
    flows::{DeviceCaller, WorkstationCaller},
    http::HttpFailure,
    store::Scope,
};

/// A technician's phone.
#[derive(Clone, Copy)]
pub struct Device(pub DeviceCaller);

/// A technician's phone, and the key that it proved to hold: its records are signed by it.
pub struct DeviceWithKey(pub DeviceCaller, pub P256Jwk);

/// A workstation's agent.
#[derive(Clone, Copy)]
pub struct Workstation(pub WorkstationCaller);

/// The claims of the request's access token, if it is alive and the request's proof is by its key.
///
/// No SQL: who lost their tokens is known from the revocations that the node reads each second, and a node
/// that can't read them refuses.
async fn claims(request: &HttpRequest) -> Result<(Arc<AccessClaims>, P256Jwk), Failure> {
    let ctx = context(request)?;
    let now = ctx.now();
    let token = only(request.headers(), "authorization")
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("dpop"))
        .map(|(_, token)| token)
        .ok_or_else(|| {
            Refusal::because(
                ProblemCode::InvalidToken,
                "send Authorization: DPoP and the access token",
            )
        })?;
    let claims = ctx
        .issuer
        .verify(token, now)
        .map_err(|error| Refusal::because(ProblemCode::InvalidToken, error.to_string()))?;
    let proof = prove(&ctx, request, Some((token, &claims.jkt)), now).await?;
    if !ctx.revoked.fresh(now) {
        return Err(Failure::Unavailable("revocations were not read for too long".into()));
    }
    if ctx.revoked.is_revoked(&subjects(&claims.subject), claims.iat) {
        return Err(Refusal::because(ProblemCode::InvalidToken, "the token was revoked").into());
    }
    Ok((claims, proof.key))
}

/// Everyone whose revocation ends the token.
fn subjects(subject: &Subject) -> [Uuid; 3] {
    match *subject {
        Subject::Device { msp, device, technician } => [msp.0, device.0, technician.0],
        Subject::Workstation { msp, tenant, workstation } => [msp.0, tenant.0, workstation.0],
    }
}

fn wrong_kind() -> Failure {
    Refusal::because(ProblemCode::InvalidToken, "the token is not for this kind of route").into()
}

impl FromRequest for DeviceWithKey {
    type Error = HttpFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, HttpFailure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (claims, key) = claims(&request).await?;
            match claims.subject {
                Subject::Device { msp, device, technician } => {
                    let caller = DeviceCaller {
                        scope: Scope::msp(msp),
                        technician,
                        device,
                        token_issued_at: claims.iat,
                    };
                    Known::from(&caller).remember(&request);
                    Ok(Self(caller, key))
                }
                Subject::Workstation { .. } => Err(wrong_kind().into()),
            }
        })
    }
}

impl FromRequest for Device {
    type Error = HttpFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, HttpFailure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let proven = DeviceWithKey::from_request(request, payload);
        Box::pin(async move { proven.await.map(|DeviceWithKey(caller, _)| Self(caller)) })
    }
}

impl FromRequest for Workstation {
    type Error = HttpFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, HttpFailure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (claims, _) = claims(&request).await?;
            match claims.subject {
                Subject::Workstation { msp, tenant, workstation } => {
                    let caller = WorkstationCaller {
                        scope: Scope::tenant(msp, tenant),
                        tenant,
                        workstation,
                        token_issued_at: claims.iat,
                    };
                    Known::from(&caller).remember(&request);
                    Ok(Self(caller))
                }
                Subject::Device { .. } => Err(wrong_kind().into()),
            }
        })
    }
}
