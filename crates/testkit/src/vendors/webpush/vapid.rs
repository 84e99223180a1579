use countersign_protocol::encoding::from_base64url;

use super::refusal::Refusal;
use crate::vendors::jws::{Algorithm, Jws};
use crate::vendors::wire::Request;

/// RFC 8292 section 2: `exp` "MUST NOT be more than 24 hours from the time of the request".
const LONGEST_LIFE: u64 = 24 * 60 * 60;

/// Who pushes.
#[derive(Debug)]
pub(super) struct Identity {
    /// The `k` parameter: an uncompressed point in base64url.
    pub(super) key: String,
    /// The `sub` claim: how to reach them.
    pub(super) contact: String,
    /// The token.
    pub(super) token: String,
}

/// The application server that signed a request to `origin` (RFC 8292 sections 2 and 3).
pub(super) fn identify(request: &Request, origin: &str, now: u64) -> Result<Identity, Refusal> {
    if !request.headers.contains_key("authorization") {
        return Err(Refusal::NoCredentials);
    }
    let bad = Refusal::BadCredentials;
    let credentials = request.credentials("vapid").ok_or(bad("Not the scheme vapid"))?;
    let token = parameter(credentials, "t").ok_or(bad("No parameter t"))?;
    let key = parameter(credentials, "k").ok_or(bad("No parameter k"))?;
    let jws = Jws::parse(token).ok_or(bad("The token is no JWT"))?;
    let point = from_base64url(key).ok_or(bad("The key is no base64url"))?;
    if !jws.is_signed(Algorithm::Es256, &point) {
        return Err(bad("The token is not signed by the key"));
    }
    if jws.text("aud") != Some(origin) {
        return Err(bad("The audience is not the origin of this service"));
    }
    match jws.date("exp") {
        Some(expires) if expires <= now => return Err(bad("The token has expired")),
        Some(expires) if expires - now <= LONGEST_LIFE => {}
        _ => return Err(bad("The token doesn't expire within 24 hours")),
    }
    let contact = jws.text("sub").filter(|contact| is_contact(contact));
    let contact = contact.ok_or(bad("The subject is no mailto: or https: address"))?.to_owned();
    Ok(Identity { key: key.to_owned(), contact, token: token.to_owned() })
}

/// RFC 8292 section 2.1. It is a SHOULD there, and a must at Apple's service.
fn is_contact(subject: &str) -> bool {
    ["mailto:", "https:"].iter().any(|scheme| {
        subject.strip_prefix(scheme).is_some_and(|rest| !rest.trim_matches('/').is_empty())
    })
}

/// A parameter of credentials (RFC 9110 section 11.2).
fn parameter<'a>(credentials: &'a str, name: &str) -> Option<&'a str> {
    credentials.split(',').find_map(|parameter| {
        let (found, value) = parameter.trim().split_once('=')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}
