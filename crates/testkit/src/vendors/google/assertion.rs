use std::collections::HashMap;

use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use serde_json::json;
use url::form_urlencoded;

use super::ServiceAccount;
use crate::vendors::Answer;
use crate::vendors::jws::{Algorithm, Jws};
use crate::vendors::wire::Request;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// "a maximum of 1 hour after the issued time"
const LONGEST_LIFE: u64 = 60 * 60;
/// Google bears with clocks that are off by so much.
const SKEW: u64 = 300;
/// The audience that google-auth (Python) names whatever the key file says; it stands for this endpoint.
const GOOGLES_TOKEN_URI: &str = "https://oauth2.googleapis.com/token";
/// Either lets messages be sent (`projects.messages.send`, "Authorization scopes").
const SCOPES: [&str; 2] = [
    "https://www.googleapis.com/auth/firebase.messaging",
    "https://www.googleapis.com/auth/cloud-platform",
];

/// Why a request for a token is refused: an error of RFC 6749 section 5.2 and its description.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let body = json!({"error": refusal.error, "error_description": refusal.description});
        Self::json(refusal.status, &body)
    }
}

fn refusal(error: &'static str, description: &'static str) -> Refusal {
    Refusal { status: StatusCode::BAD_REQUEST, error, description }
}

/// Whether a request brings an assertion of this account, made for this endpoint and good now.
pub(super) fn check(
    request: &Request,
    account: &ServiceAccount,
    token_uri: &str,
    now: u64,
) -> Result<(), Refusal> {
    if request.method != Method::POST {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        return Err(Refusal { status, ..refusal("invalid_request", "Only POST is allowed.") });
    }
    let form = form(request).ok_or(refusal("invalid_request", "The body is no form."))?;
    let field = |name: &str| form.get(name).map(String::as_str);
    if field("grant_type") != Some(GRANT_TYPE) {
        return Err(refusal("unsupported_grant_type", "Invalid grant_type."));
    }
    let jws = field("assertion")
        .and_then(Jws::parse)
        .ok_or(refusal("invalid_grant", "Bad Request: the assertion is no JWT."))?;
    if jws.text("iss") != Some(account.email()) {
        return Err(refusal("invalid_grant", "Invalid grant: account not found"));
    }
    let known = jws.header("kid").is_none_or(|kid| kid == account.key_id());
    if !known || !jws.is_signed(Algorithm::Rs256, account.public_key()) {
        return Err(refusal("invalid_grant", "Invalid JWT Signature."));
    }
    if ![Some(token_uri), Some(GOOGLES_TOKEN_URI)].contains(&jws.text("aud")) {
        return Err(refusal("invalid_grant", "Invalid JWT: Failed audience check."));
    }
    if !is_timely(&jws, now) {
        return Err(refusal(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable \
             timeframe. Check your iat and exp values in the JWT claim.",
        ));
    }
    let asked = jws.text("scope").unwrap_or_default();
    if !asked.split(' ').any(|scope| SCOPES.contains(&scope)) {
        return Err(refusal("invalid_scope", "Invalid OAuth scope or ID token audience provided."));
    }
    Ok(())
}

fn is_timely(jws: &Jws<'_>, now: u64) -> bool {
    let (Some(issued), Some(expires)) = (jws.date("iat"), jws.date("exp")) else { return false };
    issued <= now + SKEW
        && now < expires + SKEW
        && issued < expires
        && expires - issued <= LONGEST_LIFE
}

fn form(request: &Request) -> Option<HashMap<String, String>> {
    let media_type = request.header(CONTENT_TYPE.as_str())?.split(';').next()?;
    let is_form = media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    is_form.then(|| form_urlencoded::parse(&request.body).into_owned().collect())
}
