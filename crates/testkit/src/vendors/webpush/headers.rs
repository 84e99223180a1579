use super::refusal::Refusal;
use crate::vendors::wire::Request;

/// RFC 8030 section 5.4: "no more than 32 characters from the URL and filename safe Base 64 alphabet".
const LONGEST_TOPIC: usize = 32;

/// How urgent a push is (RFC 8030 section 5.3).
#[allow(missing_docs, reason = "the RFC's names")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    VeryLow,
    Low,
    Normal,
    High,
}

/// RFC 8030 section 5.2: seconds, and required.
pub(super) fn ttl(request: &Request) -> Result<u64, Refusal> {
    if !request.headers.contains_key("ttl") {
        return Err(Refusal::NoTtl);
    }
    let digits = request.header("ttl").filter(|ttl| ttl.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|ttl| ttl.parse().ok()).ok_or(Refusal::BadTtl)
}

/// Normal when absent.
pub(super) fn urgency(request: &Request) -> Result<Urgency, Refusal> {
    match request.headers.get("urgency").map(http::HeaderValue::as_bytes) {
        Some(b"very-low") => Ok(Urgency::VeryLow),
        Some(b"low") => Ok(Urgency::Low),
        Some(b"normal") | None => Ok(Urgency::Normal),
        Some(b"high") => Ok(Urgency::High),
        Some(_) => Err(Refusal::BadUrgency),
    }
}

/// RFC 8030 section 5.4: a newer push of the same topic takes an older one's place.
pub(super) fn topic(request: &Request) -> Result<Option<String>, Refusal> {
    let Some(topic) = request.headers.get("topic") else { return Ok(None) };
    let topic = topic.to_str().map_err(|_| Refusal::BadTopic)?;
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let good = (1..=LONGEST_TOPIC).contains(&topic.len()) && topic.bytes().all(letters);
    if good { Ok(Some(topic.to_owned())) } else { Err(Refusal::BadTopic) }
}

/// RFC 8291 section 4: a push with a body has the content coding aes128gcm.
pub(super) fn content_encoding(request: &Request) -> Result<(), Refusal> {
    match request.header("content-encoding") {
        Some(coding) if coding.eq_ignore_ascii_case("aes128gcm") => Ok(()),
        None if request.body.is_empty() => Ok(()),
        _ => Err(Refusal::BadEncoding),
    }
}
