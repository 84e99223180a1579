use http::HeaderMap;
use uuid::Uuid;

use super::Reason;

/// "The value of this header must not exceed 64 bytes."
const LONGEST_COLLAPSE_ID: usize = 64;

/// `apns-push-type`.
#[allow(missing_docs, reason = "Apple's names")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushType {
    Alert,
    Background,
    Complication,
    Controls,
    Fileprovider,
    Liveactivity,
    Location,
    Mdm,
    Pushtotalk,
    Voip,
    Widgets,
}

/// The headers of a request, each as it must be ("Sending notification requests to APNs").
#[derive(Debug)]
pub(super) struct Headers {
    pub(super) id: Option<String>,
    pub(super) expiration: Option<u64>,
    pub(super) priority: u8,
    pub(super) collapse_id: Option<String>,
    pub(super) push_type: PushType,
    pub(super) topic: String,
}

impl Headers {
    pub(super) fn parse(headers: &HeaderMap) -> Result<Self, Reason> {
        let names = headers.keys().filter(|name| name.as_str().starts_with("apns-"));
        if names.into_iter().any(|name| headers.get_all(name).iter().count() > 1) {
            return Err(Reason::DuplicateHeaders);
        }
        let push_type = match text(headers, "apns-push-type") {
            Some(named) => push_type(named).ok_or(Reason::InvalidPushType)?,
            None => return Err(Reason::InvalidPushType),
        };
        Ok(Self {
            id: optional(headers, "apns-id", Reason::BadMessageId, id)?,
            expiration: optional(headers, "apns-expiration", Reason::BadExpirationDate, |text| {
                text.parse().ok()
            })?,
            priority: priority(headers, push_type)?,
            collapse_id: optional(headers, "apns-collapse-id", Reason::BadCollapseId, |text| {
                (1..=LONGEST_COLLAPSE_ID).contains(&text.len()).then(|| text.to_owned())
            })?,
            push_type,
            topic: text(headers, "apns-topic")
                .filter(|topic| !topic.is_empty())
                .ok_or(Reason::MissingTopic)?
                .to_owned(),
        })
    }
}

/// A canonical UUID: 32 hexadecimal digits with hyphens as 8-4-4-4-12.
pub(super) fn id(text: &str) -> Option<String> {
    (text.len() == 36 && Uuid::parse_str(text).is_ok()).then(|| text.to_owned())
}

/// 10 when absent; a background push at 10 is an error ("Pushing background updates to your App").
fn priority(headers: &HeaderMap, push_type: PushType) -> Result<u8, Reason> {
    let given = optional(headers, "apns-priority", Reason::BadPriority, |text| match text {
        "1" => Some(1),
        "5" => Some(5),
        "10" => Some(10),
        _ => None,
    })?;
    match (given, push_type) {
        (Some(10), PushType::Background) => Err(Reason::BadPriority),
        (given, _) => Ok(given.unwrap_or(10)),
    }
}

fn push_type(named: &str) -> Option<PushType> {
    Some(match named {
        "alert" => PushType::Alert,
        "background" => PushType::Background,
        "complication" => PushType::Complication,
        "controls" => PushType::Controls,
        "fileprovider" => PushType::Fileprovider,
        "liveactivity" => PushType::Liveactivity,
        "location" => PushType::Location,
        "mdm" => PushType::Mdm,
        "pushtotalk" => PushType::Pushtotalk,
        "voip" => PushType::Voip,
        "widgets" => PushType::Widgets,
        _ => return None,
    })
}

/// A header's value by `parse`, or `reason` if it is there and that has none.
fn optional<T>(
    headers: &HeaderMap,
    name: &str,
    reason: Reason,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Reason> {
    match headers.get(name) {
        None => Ok(None),
        Some(value) => value.to_str().ok().and_then(parse).map(Some).ok_or(reason),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
