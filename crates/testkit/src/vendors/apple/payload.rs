use serde_json::Value;

use super::{PushType, Reason};

/// "The maximum payload size: 4096 bytes; for Voice over Internet Protocol (VoIP) 5120 bytes."
const LONGEST: usize = 4096;
const LONGEST_VOIP: usize = 5120;

/// The payload as JSON. That it is an object with an `aps` object is asked of every payload but those for
/// device management ("Generating a remote notification"); Apple documents no reason of its own for one
/// that is not, so that it counts as empty here.
pub(super) fn payload(body: &[u8], push_type: PushType) -> Result<Value, Reason> {
    let longest = if push_type == PushType::Voip { LONGEST_VOIP } else { LONGEST };
    if body.len() > longest {
        return Err(Reason::PayloadTooLarge);
    }
    let payload: Value = serde_json::from_slice(body).map_err(|_| Reason::PayloadEmpty)?;
    let sound = match push_type {
        PushType::Mdm => payload.get("mdm").is_some_and(Value::is_string),
        _ => payload.get("aps").is_some_and(Value::is_object),
    };
    if sound { Ok(payload) } else { Err(Reason::PayloadEmpty) }
}
