use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::{Map, Value};

use super::error::{ErrorCode, bad_field, status_answer};
use super::schema::{REQUEST, check, snake_case};
use crate::vendors::Answer;

/// "The maximum payload for messages is 4096 bytes."
const LONGEST: usize = 4096;
/// "The maximum time to live supported is 4 weeks."
const LONGEST_TTL: Duration = Duration::from_secs(4 * 7 * 24 * 60 * 60);

/// A message that FCM took.
#[derive(Clone, Debug)]
pub struct Message {
    /// The registration token.
    pub token: String,
    /// `projects/{project}/messages/{id}`, as it was answered.
    pub name: String,
    /// `data`, with what `android.data` puts in its place.
    pub data: BTreeMap<String, String>,
    /// `notification`, as it came.
    pub notification: Option<Value>,
    /// Whether `android.priority` is high.
    pub high_priority: bool,
    /// `android.ttl`; four weeks if absent.
    pub ttl: Duration,
    /// `android.collapse_key`.
    pub collapse_key: Option<String>,
    /// The whole message, as it came.
    pub message: Value,
    /// The request's body.
    pub body: Bytes,
    /// When, by the vendor's clock.
    pub at: SystemTime,
    /// Which connection brought it; the first is 1.
    pub connection: usize,
}

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) message: Message,
    /// "Flag for testing the request without actually delivering the message."
    pub(super) validate_only: bool,
}

/// Why a request is none; boxed, since answers are large.
pub(super) type Refusal = Box<Answer>;

/// The message of a body that has the right shape, without `name`, `at` and `connection`.
pub(super) fn parse(body: &Bytes, name: String, at: SystemTime) -> Result<Parsed, Refusal> {
    let request: Value = serde_json::from_slice(body)
        .map_err(|error| invalid(&format!("Invalid JSON payload received. {error}")))?;
    check("", &request, REQUEST)
        .map_err(|violation| bad_field(&violation.field, &violation.message))?;
    let request = request.as_object().map(plain).unwrap_or_default();
    let Some(sent) = request.get("message") else {
        return Err(bad_field("message", "Message is required.").into());
    };
    let message = &sent.as_object().map(plain).unwrap_or_default();
    let token = match (text(message, "token"), message.get("topic"), message.get("condition")) {
        (Some(token), None, None) if !token.is_empty() => token,
        _ => {
            let refusal = "Exactly one of token, topic or condition is required, and here a token.";
            return Err(bad_field("message", refusal).into());
        }
    };
    let android = message.get("android").and_then(Value::as_object).map(plain).unwrap_or_default();
    let mut data = texts(message.get("data"));
    data.extend(texts(android.get("data")));
    for key in data.keys() {
        let reserved = ["from", "message_type"].contains(&key.as_str());
        if reserved || key.starts_with("google.") || key.starts_with("gcm.") {
            let refusal = format!("Invalid data payload key: {key}");
            return Err(ErrorCode::InvalidArgument.saying(&refusal).into());
        }
    }
    let shown = [message.get("notification"), android.get("notification")];
    let shown = shown.into_iter().flat_map(texts);
    let size: usize = data.clone().into_iter().chain(shown).map(|(k, v)| k.len() + v.len()).sum();
    if size > LONGEST {
        return Err(ErrorCode::InvalidArgument.saying("Android message is too big").into());
    }
    let parsed = Message {
        token,
        name,
        data,
        notification: message.get("notification").cloned(),
        high_priority: text(&android, "priority").is_some_and(|p| p.eq_ignore_ascii_case("high")),
        ttl: ttl(&android)?,
        collapse_key: text(&android, "collapse_key"),
        message: sent.clone(),
        body: body.clone(),
        at,
        connection: 0,
    };
    let validate_only = request.get("validate_only") == Some(&Value::Bool(true));
    Ok(Parsed { message: parsed, validate_only })
}

fn invalid(message: &str) -> Answer {
    status_answer("INVALID_ARGUMENT", message, &[])
}

fn ttl(android: &Map<String, Value>) -> Result<Duration, Refusal> {
    let Some(span) = text(android, "ttl") else { return Ok(LONGEST_TTL) };
    let seconds = span.trim_end_matches('s').parse().ok();
    let ttl = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    ttl.filter(|ttl| *ttl <= LONGEST_TTL).ok_or_else(|| {
        let message = "Invalid TTL: must be between 0 and 2,419,200 seconds.";
        bad_field("message.android.ttl", message).into()
    })
}

/// With the names of its members in snake case.
fn plain(object: &Map<String, Value>) -> Map<String, Value> {
    object.iter().map(|(name, value)| (snake_case(name), value.clone())).collect()
}

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    Some(object.get(name)?.as_str()?.to_owned())
}

/// The members that are strings.
fn texts(object: Option<&Value>) -> BTreeMap<String, String> {
    let members = object.and_then(Value::as_object).into_iter().flatten();
    members.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
