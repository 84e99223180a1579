//! An entry of the stream: the event's id, its text, and an HMAC over shard, id and text.

use std::collections::HashMap;

use countersign_protocol::{EventId, MspId};
use redis::{FromRedisValue, Value};

use crate::{auth::KeyRing, store::audit::NewEntry};

const LABEL: &str = "audit stream";
const ID: &str = "id";
const BODY: &str = "body";
const MAC: &str = "mac";

/// An event on its way to the stream.
#[derive(Clone, Debug)]
pub(in crate::audit) struct Staged {
    pub(in crate::audit) event: EventId,
    pub(in crate::audit) msp: MspId,
    pub(in crate::audit) body: String,
}

impl Staged {
    /// The fields of its entry, in order.
    pub(super) fn fields(&self, keys: &KeyRing, shard: u16) -> [(&'static str, Vec<u8>); 3] {
        let id = self.event.as_bytes();
        let mac = keys.tag(LABEL, &[&shard.to_be_bytes(), id, self.body.as_bytes()]);
        [(ID, id.to_vec()), (BODY, self.body.as_bytes().to_vec()), (MAC, mac.to_vec())]
    }
}

/// Why an entry is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The reason.
    pub reason: String,
    /// What was found, as far as it is text.
    pub found: String,
    /// The event it is, where the HMAC says that the service wrote it.
    pub event: Option<EventId>,
}

/// Reads an entry of this shard.
pub(super) fn read(
    keys: &KeyRing,
    at: u16,
    fields: &HashMap<String, Value>,
) -> Result<NewEntry, Refused> {
    let field = |name: &str| {
        fields.get(name).and_then(|value| Vec::<u8>::from_redis_value(value.clone()).ok())
    };
    let body = field(BODY).unwrap_or_default();
    let found = String::from_utf8_lossy(&body).into_owned();
    let refused =
        |reason: &str, event| Refused { reason: reason.to_owned(), found: found.clone(), event };
    let (id, mac) = (field(ID).unwrap_or_default(), field(MAC).unwrap_or_default());
    if !keys.verify_tag(LABEL, &[&at.to_be_bytes(), &id, &body], &mac) {
        return Err(refused("the HMAC does not match: not written by this service", None));
    }
    let event = uuid::Uuid::from_slice(&id).ok().map(EventId);
    let text = String::from_utf8(body).map_err(|_| refused("no UTF-8", event))?;
    let id = event.ok_or_else(|| refused("no id", None))?;
    NewEntry::parse(text, id).map_err(|(reason, _)| refused(&reason, event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Index;

    const BODY_TEXT: &str = r#"{"id":"01900000-0000-7000-8000-000000000001","msp":"01900000-0000-7000-8000-000000000002","fact":"failures_cleared","sentence":"so"}"#;

    fn staged() -> Staged {
        let index: Index = serde_json::from_str(BODY_TEXT).unwrap();
        Staged { event: index.id, msp: index.msp, body: BODY_TEXT.to_owned() }
    }

    fn fields(keys: &KeyRing, shard: u16) -> HashMap<String, Value> {
        let fields = staged().fields(keys, shard);
        fields
            .into_iter()
            .map(|(name, bytes)| (name.to_owned(), Value::BulkString(bytes)))
            .collect()
    }

    #[test]
    fn what_the_service_wrote_is_read() {
        let keys = KeyRing::from_key([7; 32]);
        let entry = read(&keys, 2, &fields(&keys, 2)).unwrap();
        assert_eq!((entry.index.id, entry.body.as_str()), (staged().event, BODY_TEXT));
    }

    #[test]
    fn a_forged_changed_or_moved_entry_is_refused_and_names_no_event() {
        let keys = KeyRing::from_key([7; 32]);
        let mut changed = fields(&keys, 2);
        changed.insert(BODY.into(), Value::BulkString(BODY_TEXT.replace("so", "no").into()));
        let mut unsigned = fields(&keys, 2);
        unsigned.remove(MAC);
        let others = fields(&KeyRing::from_key([8; 32]), 2);
        for (at, fields) in [(2, changed), (2, unsigned), (2, others), (3, fields(&keys, 2))] {
            let refused = read(&keys, at, &fields).unwrap_err();
            assert!(refused.reason.contains("HMAC") && refused.event.is_none());
        }
    }
}
