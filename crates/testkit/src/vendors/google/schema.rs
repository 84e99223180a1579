//! The shape of a message (`projects.messages`, "Message"), as proto3's JSON mapping reads it: unknown
//! names are refused, and a name may stand in camel case too.

use serde_json::{Map, Value};

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    Flag,
    /// A map from string to string.
    Texts,
    /// `google.protobuf.Duration`: seconds with at most nine decimals, and an `s`.
    Span,
    Priority,
    Object(&'static [(&'static str, Kind)]),
    /// Not looked into.
    Whatever,
}

use Kind::{Flag, Object, Priority, Span, Text, Texts, Whatever};

pub(super) const REQUEST: Kind = Object(&[("validate_only", Flag), ("message", Object(MESSAGE))]);

const MESSAGE: &[(&str, Kind)] = &[
    ("name", Text),
    ("data", Texts),
    ("notification", Object(&[("title", Text), ("body", Text), ("image", Text)])),
    ("android", Object(ANDROID)),
    ("webpush", Whatever),
    ("apns", Whatever),
    ("fcm_options", Object(&[("analytics_label", Text)])),
    ("token", Text),
    ("topic", Text),
    ("condition", Text),
];

const ANDROID: &[(&str, Kind)] = &[
    ("collapse_key", Text),
    ("priority", Priority),
    ("ttl", Span),
    ("restricted_package_name", Text),
    ("data", Texts),
    ("notification", Object(ANDROID_NOTIFICATION)),
    ("fcm_options", Object(&[("analytics_label", Text)])),
    ("direct_boot_ok", Flag),
];

const ANDROID_NOTIFICATION: &[(&str, Kind)] = &[
    ("title", Text),
    ("body", Text),
    ("icon", Text),
    ("color", Text),
    ("sound", Text),
    ("tag", Text),
    ("click_action", Text),
    ("body_loc_key", Text),
    ("body_loc_args", Whatever),
    ("title_loc_key", Text),
    ("title_loc_args", Whatever),
    ("channel_id", Text),
    ("ticker", Text),
    ("sticky", Flag),
    ("event_time", Text),
    ("local_only", Flag),
    ("notification_priority", Text),
    ("default_sound", Flag),
    ("default_vibrate_timings", Flag),
    ("default_light_settings", Flag),
    ("vibrate_timings", Whatever),
    ("visibility", Text),
    ("notification_count", Whatever),
    ("light_settings", Whatever),
    ("image", Text),
    ("proxy", Text),
];

/// A field that is not as it must be, and Google's sentence about it.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) field: String,
    pub(super) message: String,
}

/// The first violation in `value`, which stands at `field`.
pub(super) fn check(field: &str, value: &Value, kind: Kind) -> Result<(), Violation> {
    let right = match (kind, value) {
        (Object(fields), Value::Object(object)) => return members(field, object, fields),
        (Texts, Value::Object(object)) => return texts(field, object),
        (Text, Value::String(_)) | (Flag, Value::Bool(_)) | (Whatever, _) => true,
        (Span, Value::String(text)) => is_span(text),
        (Priority, Value::String(text)) => {
            ["normal", "high"].iter().any(|name| text.eq_ignore_ascii_case(name))
        }
        _ => false,
    };
    if right { Ok(()) } else { Err(wrong(field, value, kind)) }
}

fn members(
    at: &str,
    object: &Map<String, Value>,
    fields: &[(&str, Kind)],
) -> Result<(), Violation> {
    for (name, value) in object {
        let known = fields.iter().find(|(field, _)| *field == snake_case(name));
        let Some((field, kind)) = known else {
            let place = if at.is_empty() { String::new() } else { format!(" at '{at}'") };
            let message = format!(
                "Invalid JSON payload received. Unknown name \"{name}\"{place}: Cannot find field."
            );
            return Err(Violation { field: at.to_owned(), message });
        };
        let path = if at.is_empty() { (*field).to_owned() } else { format!("{at}.{field}") };
        check(&path, value, *kind)?;
    }
    Ok(())
}

fn texts(at: &str, object: &Map<String, Value>) -> Result<(), Violation> {
    match object.values().enumerate().find(|(_, value)| !value.is_string()) {
        Some((index, value)) => Err(wrong(&format!("{at}[{index}].value"), value, Text)),
        None => Ok(()),
    }
}

fn wrong(field: &str, value: &Value, kind: Kind) -> Violation {
    let name = match kind {
        Text => "TYPE_STRING",
        Flag => "TYPE_BOOL",
        Span => "type.googleapis.com/google.protobuf.Duration",
        Priority => "type.googleapis.com/google.firebase.fcm.v1.AndroidMessagePriority",
        Texts | Object(_) | Whatever => "TYPE_MESSAGE",
    };
    let message = format!("Invalid value at '{field}' ({name}), {value}");
    Violation { field: field.to_owned(), message }
}

fn is_span(text: &str) -> bool {
    let Some(number) = text.strip_suffix('s') else { return false };
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && whole.len() <= 12 && digits(decimals) && decimals.len() <= 9
}

/// A name without capitals, which proto3's JSON mapping takes as well.
pub(super) fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
