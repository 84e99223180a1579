//! Proof of possession (RFC 9449): every request of a phone or workstation is signed by its key, once.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::HeaderMap, web};
use countersign_protocol::{Instant, ProblemCode};

use crate::{
    auth::dpop::{self, Expected, Proof},
    domain::{Failure, Refusal},
    flows::Context,
    http::{Address, HttpFailure},
};

/// How far ahead of the service's clock a proof may be dated.
const LEAD: Duration = Duration::from_secs(5);

/// A request that carries nothing but a proof: it introduces a key, or asks for a token. Anyone can make one, so
/// they are limited by network before anything is kept of them.
pub struct Proven(pub Proof);

/// Verifies the request's one `DPoP` header for its own method and URL, and that it was never seen before.
/// With an access token, the proof must be over it and by the key it is bound to.
pub(super) async fn prove(
    ctx: &Context,
    request: &HttpRequest,
    bound: Option<(&str, &str)>,
    now: Instant,
) -> Result<Proof, Failure> {
    let proof = only(request.headers(), "dpop").ok_or_else(|| {
        Refusal::because(ProblemCode::InvalidProof, "send exactly one DPoP header with a proof")
    })?;
    let htu = format!("{}{}", ctx.public_url(), request.path());
    let window = ctx.settings.tokens.proof_window();
    let expected = Expected {
        htm: request.method().as_str(),
        htu: &htu,
        access_token: bound.map(|(token, _)| token),
        jkt: bound.map(|(_, jkt)| jkt),
    };
    let proof = dpop::verify_proof(proof, &expected, now, window)
        .map_err(|error| Refusal::because(ProblemCode::InvalidProof, error.to_string()))?;
    let first = ctx.replay.first_use(dpop::replay_key(&proof), proof.iat, window + LEAD, now).await;
    match first {
        Ok(true) => Ok(proof),
        Ok(false) => {
            let used = "the proof was used before: make a fresh one for each request";
            Err(Refusal::because(ProblemCode::InvalidProof, used).into())
        }
        Err(_) => Err(Failure::Unavailable("the replay cache can't answer".into())),
    }
}

/// The text of a header that stands there exactly once.
pub(super) fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut all = headers.get_all(name);
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

impl FromRequest for Proven {
    type Error = HttpFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, HttpFailure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let address = Address::from_request(&request, payload);
        Box::pin(async move {
            let (ctx, address) = (context(&request)?, address.await?);
            let limit = ctx.settings.tokens.strangers_per_address_per_minute;
            ctx.take(&format!("stranger:{}", address.subscriber()), limit).await?;
            let now = ctx.now();
            Ok(Self(prove(&ctx, &request, None, now).await?))
        })
    }
}

pub(super) fn context(request: &HttpRequest) -> Result<web::Data<Context>, Failure> {
    request
        .app_data::<web::Data<Context>>()
        .cloned()
        .ok_or_else(|| Failure::Fault("the context is not among the app's data".into()))
}
