//! What phones and machines say of themselves, in a form that can be shown to people.

use countersign_protocol::{
    P256Jwk, ProblemCode,
    encoding::from_base64url,
    wire::{
        desktop::WorkstationFacts,
        mobile::{DeviceFacts, PushAddress},
    },
};

use super::{Refusal, names::shown_name};

/// A phone's name, model and system as they are shown.
///
/// # Errors
/// `invalid_request`, naming the field.
pub fn device(facts: &DeviceFacts) -> Result<DeviceFacts, Refusal> {
    Ok(DeviceFacts {
        name: shown_name("device.name", &facts.name, 64)?,
        model: shown_name("device.model", &facts.model, 64)?,
        os: shown_name("device.os", &facts.os, 64)?,
    })
}

/// A machine's names as they are shown.
///
/// # Errors
/// `invalid_request`, naming the field.
pub fn workstation(facts: &WorkstationFacts) -> Result<WorkstationFacts, Refusal> {
    let hardware_id = shown_name("facts.hardware_id", &facts.hardware_id, 128)?;
    if hardware_id.chars().count() < 8 {
        return Err(invalid("facts.hardware_id: 8 to 128 characters"));
    }
    Ok(WorkstationFacts {
        host_name: shown_name("facts.host_name", &facts.host_name, 64)?,
        os: shown_name("facts.os", &facts.os, 64)?,
        agent_version: shown_name("facts.agent_version", &facts.agent_version, 32)?,
        hardware_id,
    })
}

/// Whether a push address has the form of its channel's addresses. Whether anyone listens there, only a
/// push can tell.
///
/// # Errors
/// `invalid_request`, naming the field.
pub fn push_address(address: &PushAddress) -> Result<(), Refusal> {
    match address {
        PushAddress::Apns { token, .. } => {
            let sound =
                (64..=200).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_hexdigit());
            sound.then_some(()).ok_or_else(|| invalid("push.token: 64 to 200 hexadecimal digits"))
        }
        PushAddress::Fcm { token } => {
            let sound =
                (20..=4096).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
            sound.then_some(()).ok_or_else(|| invalid("push.token: 20 to 4096 visible characters"))
        }
        PushAddress::WebPush { endpoint, p256dh, auth } => {
            if !is_https_url(endpoint) {
                return Err(invalid("push.endpoint: an https URL of at most 2048 characters"));
            }
            let point = from_base64url(p256dh);
            if point.is_none_or(|point| P256Jwk::from_uncompressed(&point).is_err()) {
                return Err(invalid("push.p256dh: an uncompressed P-256 point, base64url"));
            }
            if from_base64url(auth).is_none_or(|secret| secret.len() != 16) {
                return Err(invalid("push.auth: 16 bytes, base64url"));
            }
            Ok(())
        }
    }
}

/// The language that a phone speaks: a tag's form (BCP 47) is checked, not its meaning. English where it says none.
///
/// # Errors
/// `invalid_request`.
pub fn language(tag: Option<String>) -> Result<String, Refusal> {
    let tag = tag.unwrap_or_else(|| "en".to_owned());
    let formed = (1..=35).contains(&tag.len())
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if formed { Ok(tag) } else { Err(invalid("language: a BCP 47 tag like de-CH")) }
}

/// The channel's word, as it is told to admins.
#[must_use]
pub fn push_channel(address: &PushAddress) -> &'static str {
    match address {
        PushAddress::Apns { .. } => "apns",
        PushAddress::Fcm { .. } => "fcm",
        PushAddress::WebPush { .. } => "web_push",
    }
}

/// A host, perhaps a port and a path; no name and password, no fragment.
fn is_https_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    text.len() <= 2048
        && !host.is_empty()
        && !host.starts_with(':')
        && !host.contains('@')
        && rest.bytes().all(|b| b.is_ascii_graphic() && !b"#\\\"<>^`{|}".contains(&b))
}

fn invalid(detail: &str) -> Refusal {
    Refusal::because(ProblemCode::InvalidRequest, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: &str =
        "BDCgQkzSHClEg4otdckrN-duog2fAIk6O07uijwKr-w-4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";

    fn web_push(endpoint: &str, p256dh: &str, auth: &str) -> PushAddress {
        let [endpoint, p256dh, auth] = [endpoint, p256dh, auth].map(str::to_owned);
        PushAddress::WebPush { endpoint, p256dh, auth }
    }

    #[test]
    fn an_address_of_its_channel_s_form_is_taken() {
        let auth = "AAAAAAAAAAAAAAAAAAAAAA";
        for sound in [
            PushAddress::Apns { token: "ab".repeat(32), sandbox: true },
            PushAddress::Fcm { token: "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1".into() },
            web_push("https://push.example.net:8443/send/7?x=1", POINT, auth),
        ] {
            assert!(push_address(&sound).is_ok(), "{sound:?}");
        }
    }

    #[test]
    fn an_address_of_another_form_is_refused() {
        let auth = "AAAAAAAAAAAAAAAAAAAAAA";
        for wrong in [
            PushAddress::Apns { token: "ab".repeat(31), sandbox: true },
            PushAddress::Apns { token: "xy".repeat(32), sandbox: true },
            PushAddress::Fcm { token: "short".into() },
            PushAddress::Fcm { token: "a token with spaces in it".into() },
            web_push("http://push.example.net/", POINT, auth),
            web_push("https://", POINT, auth),
            web_push("https://nik:secret@push.example.net/", POINT, auth),
            web_push("https://push.example.net/\r\nx", POINT, auth),
            web_push("https://push.example.net/", &POINT[..80], auth),
            web_push("https://push.example.net/", POINT, "AAAA"),
        ] {
            assert!(push_address(&wrong).is_err(), "{wrong:?}");
        }
    }
}
