//! RFC 4180, every field quoted, and none that a spreadsheet would calculate.

use super::told::Told;
use crate::store::audit::AuditRow;

const COLUMNS: [&str; 17] = [
    "position",
    "recorded_at",
    "event_id",
    "hash",
    "at",
    "kind",
    "outcome",
    "tenant",
    "technician",
    "workstation",
    "account",
    "entity",
    "entity_id",
    "version",
    "actor",
    "actor_id",
    "sentence",
];

pub(super) fn head() -> String {
    record(&COLUMNS.map(str::to_owned))
}

pub(super) fn line(row: &AuditRow) -> String {
    let told = Told::of(row);
    let text = |word: &Option<String>| word.clone().unwrap_or_default();
    let ((entity, entity_id), (actor, actor_id)) = (told.entity(), told.actor());
    record(&[
        row.position.to_string(),
        row.recorded_at.to_string(),
        row.event_id.to_string(),
        row.hash
            .map(|hash| countersign_protocol::audit::Hash(hash.0).to_string())
            .unwrap_or_default(),
        told.at().map(|at| at.to_string()).unwrap_or_default(),
        row.kind.clone(),
        text(&row.outcome),
        row.tenant.map(|id| id.to_string()).unwrap_or_default(),
        row.technician.map(|id| id.to_string()).unwrap_or_default(),
        row.workstation.map(|id| id.to_string()).unwrap_or_default(),
        text(&row.account),
        entity,
        entity_id,
        told.version().to_string(),
        actor,
        actor_id,
        row.sentence.clone(),
    ])
}

fn record(fields: &[String; 17]) -> String {
    // A hash of base64 may begin like a formula, and is none: with an apostrophe in front, it would be another hash.
    let written = |(column, field): (&str, &String)| match column {
        "hash" => format!("\"{field}\""),
        _ => quoted(field),
    };
    let fields: Vec<String> = COLUMNS.into_iter().zip(fields).map(written).collect();
    format!("{}\r\n", fields.join(","))
}

/// A field in quotes.
fn quoted(field: &str) -> String {
    let apostrophe = if calculates(field) { "'" } else { "" };
    let one_line = crate::domain::one_line(field);
    format!("\"{apostrophe}{}\"", one_line.replace('"', "\"\""))
}

/// True if a spreadsheet may take the field for a formula (OWASP, "CSV Injection"): by its first character, also one
/// of full width, also behind spaces.
fn calculates(field: &str) -> bool {
    let formula = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '﹢' | '﹣' | '﹦' | '﹫' | '−'
        )
    };
    let first = field.chars().next();
    first.is_some_and(|c| matches!(c, '\t' | '\r' | '\n'))
        || field.trim_start().starts_with(formula)
}

#[cfg(test)]
mod tests {
    use countersign_protocol::{EventId, Instant, encoding::Bytes};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_hash_is_written_as_it_is_whatever_it_begins_with() {
        let row = AuditRow {
            position: 7,
            recorded_at: Instant::from_unix_millis(0),
            event_id: EventId(Uuid::nil()),
            kind: "tenant_created".into(),
            outcome: None,
            tenant: None,
            technician: None,
            workstation: None,
            account: None,
            sentence: "+1".into(),
            body: String::new(),
            hash: Some(Bytes([0xfb; 32])),
        };
        let hash = countersign_protocol::audit::Hash([0xfb; 32]).to_string();
        assert!(hash.starts_with('+'), "{hash}");
        let line = line(&row);
        assert_eq!(line.split(',').nth(3), Some(format!("\"{hash}\"").as_str()), "{line}");
        assert!(line.ends_with(",\"'+1\"\r\n"), "{line}");
    }

    #[test]
    fn no_field_is_calculated() {
        for formula in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1",
            "＠x",
        ] {
            let field = quoted(formula);
            assert!(field.starts_with("\"'"), "{field:?}");
            assert!(!field.contains(['\n', '\r', '\t']), "{field:?}");
        }
        assert_eq!(quoted("nik opened \"W11\", twice"), "\"nik opened \"\"W11\"\", twice\"");
    }
}
