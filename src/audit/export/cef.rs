//! Common Event Format, version 0, without a syslog header: collectors put their own before it.

use countersign_protocol::{MspId, audit::Hash};

use super::{ocsf::severity, told::Told};
use crate::{domain::one_line, store::audit::AuditRow};

pub(super) fn line(msp: MspId, row: &AuditRow) -> String {
    let told = Told::of(row);
    let (entity, entity_id) = told.entity();
    let (actor, actor_id) = told.actor();
    let text = |id: Option<String>| id.unwrap_or_default();
    let mut line = format!(
        "CEF:0|Countersign|Countersign|{}|{}|{}|{}|",
        env!("CARGO_PKG_VERSION"),
        head(&row.kind),
        head(&row.sentence),
        // 0 to 10, where OCSF has 1 to 6.
        (severity(&row.kind, row.outcome.as_deref()) - 1) * 2 + 1,
    );
    let extension = [
        ("rt", row.recorded_at.unix_millis().to_string()),
        ("start", told.at().map(|at| at.unix_millis().to_string()).unwrap_or_default()),
        ("externalId", row.event_id.to_string()),
        ("cn1Label", "position".to_owned()),
        ("cn1", row.position.to_string()),
        ("cn2Label", "version".to_owned()),
        ("cn2", told.version().to_string()),
        ("cs1Label", "leafHash".to_owned()),
        ("cs1", text(row.hash.map(|hash| Hash(hash.0).to_string()))),
        ("cs2Label", "msp".to_owned()),
        ("cs2", msp.to_string()),
        ("cs3Label", "tenant".to_owned()),
        ("cs3", text(row.tenant.map(|id| id.to_string()))),
        ("cs4Label", "technician".to_owned()),
        ("cs4", text(row.technician.map(|id| id.to_string()))),
        ("cs5Label", "workstation".to_owned()),
        ("cs5", text(row.workstation.map(|id| id.to_string()))),
        ("cs6Label", "entity".to_owned()),
        ("cs6", format!("{entity} {entity_id}")),
        ("suid", actor_id),
        ("spriv", actor),
        ("duser", text(row.account.clone())),
        ("outcome", text(row.outcome.clone())),
        ("msg", row.sentence.clone()),
    ];
    let told = extension.iter().filter(|(_, value)| !value.is_empty());
    let told: Vec<String> = told.map(|(key, value)| format!("{key}={}", escaped(value))).collect();
    line.push_str(&told.join(" "));
    line.push('\n');
    line
}

/// A field of the head: `|` and `\` are escaped, and there are no line breaks.
fn head(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('|', "\\|")
}

/// A value of the extension: `=` and `\` are escaped, and there are no line breaks.
fn escaped(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('=', "\\=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_field() {
        assert_eq!(head("a|b\\c\r\nd"), "a\\|b\\\\c\u{fffd}\u{fffd}d");
        assert_eq!(escaped("x act=blocked\\\nmsg=y"), "x act\\=blocked\\\\\u{fffd}msg\\=y");
    }
}
