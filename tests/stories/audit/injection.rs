//! Names that try to be more than a name, in every form in which events leave the log.

use countersign::{domain::Event, store::audit::NewEntry};
use serde_json::Value;

use super::cast::{exported, kind, pages, record, record_entries, said};
use crate::{house::House, story};

/// What such names look like.
const HOSTILE: [&str; 18] = [
    "two\r\nlines\r\n",
    "two\nlines",
    "\n{\"position\":0}\n",
    "\"\r\n\"quoted\",\"csv",
    "a\u{1b}[2Ja\u{1b}]0;title\u{7}",
    "W11\u{202e}KSED",
    "separated\u{2028}lines\u{2029}",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "a|b|c|9|",
    "x act=blocked outcome=success\\",
    "\0nul",
    "id: 7\nevent: entry\ndata: {}\n\n",
];

/// One event with each of them in its sentence, its account and its outcome; the last with line breaks between the
/// tokens of its text too.
async fn recorded(house: &House) -> usize {
    let events: Vec<Event> = HOSTILE
        .iter()
        .map(|hostile| {
            let mut event = said(house, *hostile);
            event.about.account = Some((*hostile).to_owned());
            event.about.outcome = Some((*hostile).to_owned());
            event
        })
        .collect();
    record(house, &events).await;
    let event = said(house, "pretty");
    let pretty = serde_json::to_string_pretty(&event).unwrap().replace('\n', "\r\n");
    let entry = NewEntry::parse(pretty, event.id).unwrap();
    record_entries(house, &[entry]).await;
    HOSTILE.len() + 1
}

/// The records of RFC 4180, strictly: every field in quotes, CRLF between records.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![]];
    let mut rest = text;
    while !rest.is_empty() {
        rest = rest.strip_prefix('"').expect("a field begins with a quote");
        let mut field = String::new();
        loop {
            let (part, behind) = rest.split_once('"').expect("a field ends");
            field.push_str(part);
            rest = behind;
            match rest.strip_prefix('"') {
                Some(behind) => {
                    field.push('"');
                    rest = behind;
                }
                None => break,
            }
        }
        records.last_mut().unwrap().push(field);
        if let Some(behind) = rest.strip_prefix(',') {
            rest = behind;
        } else {
            rest = rest.strip_prefix("\r\n").expect("a record ends");
            records.push(vec![]);
        }
    }
    records.pop();
    records
}

/// Nothing that a terminal, a parser of lines or a reader's eye could take for something else.
fn is_harmless(line: &str) -> bool {
    !line.chars().any(|c| c.is_control() || matches!(c, '\u{202e}' | '\u{2028}' | '\u{2029}'))
}

story! {
    async fn in_csv_an_event_is_one_record_and_nothing_is_calculated(house: House) {
        let before = exported(&house, "csv", &kind("delegation_ended")).await.lines().count();
        let many = recorded(&house).await;
        let text = exported(&house, "csv", &kind("delegation_ended")).await;
        assert_eq!(text.split("\r\n").count() - 1, before + many);
        let records = records(&text);
        assert_eq!(records.len(), before + many);
        let hash = records[0].iter().position(|name| name == "hash").unwrap();
        // A hash is what it is in the evidence: nobody could compare another one.
        let evidence = exported(&house, "ndjson", &kind("delegation_ended")).await;
        let hashes = evidence.lines().filter_map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            Some(line.get("hash")?.as_str().unwrap().to_owned())
        });
        let in_csv: Vec<_> = records[1..].iter().map(|record| record[hash].clone()).collect();
        assert_eq!(in_csv, hashes.collect::<Vec<_>>());
        for record in &records {
            assert_eq!(record.len(), records[0].len());
            for (column, field) in record.iter().enumerate().filter(|(column, _)| *column != hash) {
                assert!(is_harmless(field), "{field:?}");
                assert!(!field.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{column} {field:?}");
            }
        }
    }
}

story! {
    async fn in_cef_an_event_is_one_line_of_eight_fields(house: House) {
        let before = exported(&house, "cef", &kind("delegation_ended")).await.lines().count();
        let many = recorded(&house).await;
        let text = exported(&house, "cef", &kind("delegation_ended")).await;
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        assert_eq!(lines.len(), before + many);
        for line in lines {
            assert!(line.starts_with("CEF:0|") && is_harmless(line), "{line:?}");
            // Escaped ones are no separators.
            let escapes_gone = line.replace("\\\\", "").replace("\\|", "").replace("\\=", "");
            let fields: Vec<&str> = escapes_gone.splitn(8, '|').collect();
            assert_eq!(fields.len(), 8, "{line:?}");
            let keys: Vec<&str> = fields[7].split(' ').filter_map(|word| Some(word.split_once('=')?.0)).collect();
            let outcomes = keys.iter().filter(|key| **key == "outcome").count();
            assert!(outcomes <= 1 && !keys.contains(&"act"), "{line:?}");
        }
    }
}

story! {
    async fn in_json_lines_an_event_is_one_object(house: House) {
        for form in ["ndjson", "ocsf"] {
            let before = exported(&house, form, &kind("delegation_ended")).await.lines().count();
            let many = recorded(&house).await;
            let text = exported(&house, form, &kind("delegation_ended")).await;
            let lines: Vec<&str> = text.split_terminator('\n').collect();
            assert_eq!(lines.len(), before + many, "{form}");
            for line in lines {
                assert!(!line.contains('\r'), "{form} {line:?}");
                let value: Value = serde_json::from_str(line).unwrap();
                assert!(value.is_object());
            }
        }
    }
}

story! {
    async fn a_page_and_a_tail_tell_each_event_once_on_one_line(house: House) {
        house.flush().await;
        let query = kind("delegation_ended");
        let mut tail = house.admin.follow_audit(&query, None).await.unwrap();
        // Heard: it follows from here on.
        assert!(tail.heard().await.unwrap().unwrap().is_none());
        let before = pages(&house, &query, true, 200, None).await.len();
        let many = recorded(&house).await;
        let found = pages(&house, &query, true, 7, None).await;
        assert_eq!(found.len(), before + many);
        for (shown, hostile) in found[before..].iter().zip(HOSTILE) {
            assert!(is_harmless(&shown.sentence), "{:?}", shown.sentence);
            let event: Event = serde_json::from_str(shown.event.get()).unwrap();
            assert_eq!(event.sentence, hostile, "the text itself is what was hashed");
        }
        for shown in &found[before..] {
            let heard = crate::house::soon(tail.next()).await.unwrap().unwrap();
            assert_eq!((heard.position, heard.hash), (shown.position, shown.hash));
            let (one, other): (Value, Value) = (
                serde_json::from_str(heard.event.get()).unwrap(),
                serde_json::from_str(shown.event.get()).unwrap(),
            );
            assert_eq!(one, other);
        }
    }
}
