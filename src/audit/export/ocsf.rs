//! OCSF 1.5, a JSON object a line. The chain stands in `metadata` (position, event, kind) and `unmapped` (the leaf's
//! hash), and `raw_data` is the text that was hashed.

use countersign_protocol::{MspId, audit::Hash};
use serde_json::{Map, Value, json};

use super::{
    classes::{ACCOUNT_CHANGE, API_ACTIVITY, AUTHENTICATION, Class, class},
    told::Told,
};
use crate::store::audit::AuditRow;

/// The version of the schema.
const SCHEMA: &str = "1.5.0";

/// How grave it is, 1 (informational) to 4 (high).
pub(super) fn severity(kind: &str, outcome: Option<&str>) -> u32 {
    if outcome == Some("fraud") { 4 } else { class(kind).severity }
}

pub(super) fn line(msp: MspId, row: &AuditRow) -> String {
    let told = Told::of(row);
    let Class { class, activity, status, .. } = class(&row.kind);
    let mut event = Map::new();
    let mut put = |name: &str, value: Value| {
        event.insert(name.to_owned(), value);
    };
    put("class_uid", class.into());
    put("category_uid", (class / 1000).into());
    put("activity_id", activity.into());
    put("type_uid", (class * 100 + activity).into());
    if activity == 99 {
        put("activity_name", row.kind.replace('_', " ").into());
    }
    put("severity_id", severity(&row.kind, row.outcome.as_deref()).into());
    put("status_id", status.into());
    if let Some(outcome) = &row.outcome {
        put("status_detail", outcome.as_str().into());
    }
    put("time", told.at().unwrap_or(row.recorded_at).unix_millis().into());
    put("message", row.sentence.as_str().into());
    put("metadata", metadata(msp, row));
    put("raw_data", row.body.as_str().into());
    put("unmapped", unmapped(row, &told));
    put("actor", actor(&told));
    match class {
        AUTHENTICATION => {
            put("user", user(row, &told));
            put("service", json!({ "name": "Countersign" }));
            if let Some(workstation) = row.workstation {
                put("dst_endpoint", json!({ "uid": workstation, "type_id": 2 }));
            }
        }
        ACCOUNT_CHANGE => put("user", user(row, &told)),
        API_ACTIVITY => {
            put("api", api(row, &told));
            // Whom an msp's log concerns, not from where they came: that the network's own records tell.
            put("src_endpoint", json!({ "name": "unknown" }));
        }
        _ => put("entity", entity(&told)),
    }
    let mut line = Value::Object(event).to_string();
    line.push('\n');
    line
}

fn metadata(msp: MspId, row: &AuditRow) -> Value {
    json!({
        "version": SCHEMA,
        "product": {
            "name": "Countersign", "vendor_name": "Countersign", "version": env!("CARGO_PKG_VERSION"),
        },
        "uid": row.event_id,
        "sequence": row.position,
        "event_code": row.kind,
        "logged_time": row.recorded_at.unix_millis(),
        "log_name": format!("audit/{msp}"),
        "tenant_uid": row.tenant.map_or_else(|| msp.to_string(), |tenant| tenant.to_string()),
    })
}

fn unmapped(row: &AuditRow, told: &Told) -> Value {
    let (entity, entity_id) = told.entity();
    json!({
        "leaf_hash": row.hash.map(|hash| Hash(hash.0)),
        "entity": entity,
        "entity_id": entity_id,
        "entity_version": told.version(),
        "account": row.account,
    })
}

/// Who did it.
fn actor(told: &Told) -> Value {
    let (kind, id) = told.actor();
    let user = |id: &str, type_id: u32| json!({ "user": { "uid": id, "type_id": type_id } });
    match kind.as_str() {
        "technician" => user(&id, 1),
        "admin" => user(&id, 2),
        "operator" => user("operator", 2),
        "workstation" => user(&id, 3),
        "key" => user(&id, 0),
        _ => json!({ "app_name": "Countersign" }),
    }
}

/// Whose account it is: the person's, as far as one is named.
fn user(row: &AuditRow, told: &Told) -> Value {
    let mut user = Map::new();
    let (entity, entity_id) = told.entity();
    match (row.technician, row.workstation) {
        (Some(technician), _) => {
            user.insert("uid".to_owned(), technician.to_string().into());
            user.insert("type_id".to_owned(), 1.into());
        }
        (None, Some(workstation)) => {
            user.insert("uid".to_owned(), workstation.to_string().into());
            user.insert("type_id".to_owned(), 3.into());
        }
        (None, None) => {
            let id = format!("{entity} {entity_id}");
            user.insert("uid".to_owned(), id.trim().to_owned().into());
            user.insert("type_id".to_owned(), 0.into());
        }
    }
    let name = row.account.clone().or_else(|| told.member("user_name"));
    if let Some(name) = name {
        user.insert("name".to_owned(), name.into());
    }
    if let Some(email) = told.member("email") {
        user.insert("email_addr".to_owned(), email.into());
    }
    Value::Object(user)
}

/// What was changed.
fn entity(told: &Told) -> Value {
    let (kind, id) = told.entity();
    let type_id = match kind.as_str() {
        "workstation" | "device" => 1,
        "technician" => 2,
        "msp" | "tenant" => 4,
        _ => 99,
    };
    let name = told.member("name");
    let id = if id.is_empty() { "unknown".to_owned() } else { id };
    let mut entity = json!({ "uid": id, "type": kind, "type_id": type_id });
    if let Some(name) = name {
        entity["name"] = name.into();
    }
    entity
}

/// What was called.
fn api(row: &AuditRow, told: &Told) -> Value {
    let operation = match (told.member("method"), told.member("route")) {
        (Some(method), Some(route)) => format!("{method} {route}"),
        _ => row.kind.replace('_', " "),
    };
    let mut api = json!({ "operation": operation });
    if let Some(code) = told.member("code") {
        api["response"] = json!({ "error": code });
    }
    api
}
