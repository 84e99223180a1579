//! The signed assertion with which a workstation asks for an access token (RFC 7523 section 3), and
//! the counter in it that gives a cloned or restored image away.

use std::time::Duration;

use countersign_protocol::{Bytes, Instant, MspId, P256Jwk, WorkstationId};
use serde::Deserialize;

use super::jws::{JwsError, LEEWAY, NumericDate, Unverified, is_sound_jti};

/// The longest assertion we read, in bytes: an honest one has about 600.
const LIMIT: usize = 2048;
/// The header's `typ`.
const TYP: &str = "countersign-assertion+jwt";

/// What a verified assertion says. That its `jti` comes once, and what its counter means, are for the
/// database to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Its own id, 16 to 128 characters.
    pub jti: String,
    /// The last counter the service gave this workstation.
    pub counter: u64,
    /// Chosen by the workstation for each rotation of the counter and kept until the answer arrived,
    /// so that a lost answer can be told from a clone.
    pub retry: [u8; 16],
    /// When it was made, by the workstation's clock.
    pub iat: Instant,
    /// When it ends, by the workstation's clock.
    pub exp: Instant,
}

/// Why an assertion is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// Not a JWS of the right kind, or not signed by this workstation's key.
    #[error("the assertion is refused: {0}")]
    Jws(#[from] JwsError),
    /// `iss` or `sub` is not this workstation.
    #[error("the assertion is another workstation's")]
    WrongSubject,
    /// `aud` is not the token endpoint.
    #[error("the assertion is for another audience")]
    WrongAudience,
    /// `iat` lies more than five seconds ahead.
    #[error("the assertion comes from the future")]
    FromTheFuture,
    /// `exp` has passed.
    #[error("the assertion has expired")]
    Expired,
    /// `exp` does not follow `iat`, or follows too late: a stolen assertion would live too long.
    #[error("the assertion lives too long")]
    LivesTooLong,
    /// `jti` has fewer than 16 or more than 128 characters.
    #[error("the assertion's jti must have 16 to 128 characters")]
    BadIdentifier,
}

#[derive(Deserialize)]
struct Claims {
    iss: WorkstationId,
    sub: WorkstationId,
    aud: String,
    iat: NumericDate,
    exp: NumericDate,
    jti: String,
    ctr: u64,
    rid: Bytes<16>,
}

#[derive(Deserialize)]
struct Subject {
    msp: MspId,
    sub: WorkstationId,
}

/// Whose assertion this claims to be, unverified: good for finding the row with the key, for nothing else.
#[must_use]
pub fn peek_subject(assertion: &str) -> Option<(MspId, WorkstationId)> {
    let jws = Unverified::parse(assertion, LIMIT, TYP).ok()?;
    let Subject { msp, sub } = jws.unverified_claims().ok()?;
    Some((msp, sub))
}

/// The assertion's content, if `workstation` made it with `key` for `audience` (the exact URL of the
/// token endpoint) and it is in force at `now`. It may say to live for `max_age` at the most.
///
/// # Errors
/// The first check that failed.
pub fn verify(
    assertion: &str,
    key: &P256Jwk,
    audience: &str,
    workstation: WorkstationId,
    now: Instant,
    max_age: Duration,
) -> Result<Assertion, AssertionError> {
    let claims: Claims = Unverified::parse(assertion, LIMIT, TYP)?.verified(key)?;
    if claims.iss != workstation || claims.sub != workstation {
        return Err(AssertionError::WrongSubject);
    }
    if claims.aud != audience {
        return Err(AssertionError::WrongAudience);
    }
    let (iat, exp) = (claims.iat.0, claims.exp.0);
    if iat > now + LEEWAY {
        return Err(AssertionError::FromTheFuture);
    }
    if exp <= iat || exp > iat + max_age {
        return Err(AssertionError::LivesTooLong);
    }
    if now >= exp + LEEWAY {
        return Err(AssertionError::Expired);
    }
    if !is_sound_jti(&claims.jti) {
        return Err(AssertionError::BadIdentifier);
    }
    Ok(Assertion { jti: claims.jti, counter: claims.ctr, retry: claims.rid.0, iat, exp })
}

#[cfg(test)]
mod tests {
    use countersign_protocol::encoding::base64url;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::auth::jws_forge::{ForgeKey, with};

    const AUDIENCE: &str = "https://countersign.example/desktop/v1/token";
    const MINUTE: Duration = Duration::from_secs(60);
    const WORKSTATION: Uuid = Uuid::from_u128(7);

    fn now() -> Instant {
        Instant::from_unix_millis(1_795_340_460_000)
    }

    fn header() -> Value {
        json!({"typ": TYP, "alg": "ES256"})
    }

    fn claims() -> Value {
        let iat = now().unix_seconds();
        json!({
            "iss": WORKSTATION, "sub": WORKSTATION, "msp": Uuid::from_u128(1), "aud": AUDIENCE,
            "iat": iat, "exp": iat + 60, "jti": "0123456789abcdef", "ctr": 41,
            "rid": base64url(&[9; 16]),
        })
    }

    fn check(key: &ForgeKey, header: &Value, claims: &Value) -> Result<Assertion, AssertionError> {
        let text = key.sign(header, claims);
        verify(&text, &key.public(), AUDIENCE, WORKSTATION.into(), now(), MINUTE)
    }

    fn spoilt(name: &str, value: impl Into<Value>) -> AssertionError {
        check(&ForgeKey::new(), &header(), &with(claims(), name, value)).expect_err("spoilt")
    }

    #[test]
    fn an_assertion_in_order_tells_its_counter() {
        let read = check(&ForgeKey::new(), &header(), &claims()).expect("in order");
        assert_eq!((read.counter, read.retry), (41, [9; 16]));
        assert_eq!((read.iat, read.exp), (now(), now() + MINUTE));
        assert_eq!(read.jti, "0123456789abcdef");
    }

    #[test]
    fn the_row_is_found_by_the_unverified_subject() {
        let text = ForgeKey::new().sign(&header(), &claims());
        let expected = (Uuid::from_u128(1).into(), WORKSTATION.into());
        assert_eq!(peek_subject(&text), Some(expected));
        assert_eq!(peek_subject("a.b.c"), None);
        let nameless = ForgeKey::new().sign(&header(), &with(claims(), "msp", Value::Null));
        assert_eq!(peek_subject(&nameless), None);
    }

    #[test]
    fn another_workstations_key_is_refused() {
        let text = ForgeKey::new().sign(&header(), &claims());
        let key = ForgeKey::new().public();
        let read = verify(&text, &key, AUDIENCE, WORKSTATION.into(), now(), MINUTE);
        assert_eq!(read.err(), Some(JwsError::BadSignature.into()));
    }

    #[test]
    fn another_issuer_or_subject_is_refused() {
        let other = Uuid::from_u128(8).to_string();
        assert_eq!(spoilt("iss", other.clone()), AssertionError::WrongSubject);
        assert_eq!(spoilt("sub", other), AssertionError::WrongSubject);
    }

    #[test]
    fn only_the_exact_token_endpoint_is_the_audience() {
        assert_eq!(spoilt("aud", format!("{AUDIENCE}/")), AssertionError::WrongAudience);
        assert_eq!(spoilt("aud", "https://countersign.example"), AssertionError::WrongAudience);
        assert_eq!(spoilt("aud", json!([AUDIENCE])), JwsError::BadClaims.into());
    }

    #[test]
    fn an_assertion_from_the_future_is_refused() {
        let ahead = now().unix_seconds() + 6;
        assert_eq!(spoilt("iat", ahead), AssertionError::FromTheFuture);
    }

    #[test]
    fn an_assertion_that_would_live_too_long_is_refused() {
        let iat = now().unix_seconds();
        assert_eq!(spoilt("exp", iat + 61), AssertionError::LivesTooLong);
        assert_eq!(spoilt("exp", iat), AssertionError::LivesTooLong);
        assert_eq!(spoilt("exp", iat - 1), AssertionError::LivesTooLong);
    }

    #[test]
    fn an_expired_assertion_is_refused() {
        let iat = now().unix_seconds() - 65;
        let old = with(with(claims(), "iat", iat), "exp", iat + 60);
        let read = check(&ForgeKey::new(), &header(), &old);
        assert_eq!(read.err(), Some(AssertionError::Expired));
        let recent = with(with(claims(), "iat", iat + 1), "exp", iat + 61);
        assert!(check(&ForgeKey::new(), &header(), &recent).is_ok());
    }

    #[test]
    fn an_identifier_too_short_or_too_long_is_refused() {
        assert_eq!(spoilt("jti", "x".repeat(15)), AssertionError::BadIdentifier);
        assert_eq!(spoilt("jti", "x".repeat(129)), AssertionError::BadIdentifier);
    }

    #[test]
    fn a_retry_id_has_sixteen_bytes_and_a_counter_is_a_number() {
        assert_eq!(spoilt("rid", base64url(&[9; 15])), JwsError::BadClaims.into());
        assert_eq!(spoilt("ctr", "41"), JwsError::BadClaims.into());
        assert_eq!(spoilt("ctr", -1), JwsError::BadClaims.into());
    }

    #[test]
    fn every_claim_is_required() {
        for name in ["iss", "sub", "aud", "iat", "exp", "jti", "ctr", "rid"] {
            assert_eq!(spoilt(name, Value::Null), JwsError::BadClaims.into(), "{name}");
        }
    }

    #[test]
    fn another_type_or_algorithm_is_refused() {
        let key = ForgeKey::new();
        let proof = check(&key, &with(header(), "typ", "dpop+jwt"), &claims());
        assert_eq!(proof.err(), Some(JwsError::WrongType.into()));
        let unsigned = check(&key, &with(header(), "alg", "none"), &claims());
        assert_eq!(unsigned.err(), Some(JwsError::WrongAlgorithm.into()));
        let critical = check(&key, &with(header(), "crit", json!(["x"])), &claims());
        assert_eq!(critical.err(), Some(JwsError::UnknownCritical.into()));
    }

    #[test]
    fn an_oversized_assertion_is_not_even_read() {
        assert_eq!(spoilt("pad", "x".repeat(2048)), JwsError::TooLong.into());
    }
}
