//! Holds the canonical login to its published vectors, `vectors/login-v1.json`. They were made by another
//! program in another language from the rule in the documentation, so that app makers can rely on them.

#![allow(clippy::expect_used)] // a vector that can't be read fails its test

use countersign_protocol::{Nonce, Statement};
use serde::Deserialize;

#[derive(Deserialize)]
struct Published {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    nonce: Nonce,
    statement: Statement,
    canonical_hex: String,
    challenge_hex: String,
}

fn vectors() -> Vec<Vector> {
    let published: Published =
        serde_json::from_str(include_str!("../vectors/login-v1.json")).expect("the vectors");
    assert_eq!(published.vectors.len(), 2);
    published.vectors
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn canonical_bytes_and_challenges_are_the_published_ones() {
    for vector in vectors() {
        let Vector { name, nonce, statement, .. } = &vector;
        assert_eq!(hex(&statement.canonical(nonce)), vector.canonical_hex, "{name}");
        assert_eq!(hex(&statement.challenge(nonce)), vector.challenge_hex, "{name}");
    }
}

#[test]
fn a_statement_travels_as_json_without_changing_its_challenge() {
    for Vector { statement, nonce, challenge_hex, .. } in vectors() {
        let text = serde_json::to_string(&statement).expect("JSON");
        let again: Statement = serde_json::from_str(&text).expect("the same statement");
        assert_eq!(hex(&again.challenge(&nonce)), challenge_hex);
    }
}

/// Every leaf of the statement's JSON, changed one by one: a field that the challenge forgot would show.
#[test]
fn no_field_can_change_without_changing_the_challenge() {
    for Vector { statement, nonce, .. } in vectors() {
        let json = serde_json::to_value(&statement).expect("JSON");
        let mut leaves = Vec::new();
        collect(&json, String::new(), &mut leaves);
        for path in leaves {
            let mut changed = json.clone();
            let Some(value) = changed.pointer_mut(&path) else { continue };
            *value = another(&path, value);
            let changed: Statement =
                serde_json::from_value(changed).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_ne!(changed.challenge(&nonce), statement.challenge(&nonce), "{path}");
        }
    }
}

fn collect(value: &serde_json::Value, path: String, leaves: &mut Vec<String>) {
    match value.as_object() {
        Some(fields) => {
            for (name, field) in fields {
                collect(field, format!("{path}/{name}"), leaves);
            }
        }
        // The one account kind there is, and the purpose's kind, which the second vector changes.
        None if path.ends_with("/kind") => {}
        None => leaves.push(path),
    }
}

/// A value that the field may have, other than this one.
fn another(path: &str, value: &serde_json::Value) -> serde_json::Value {
    let text = value.as_str().unwrap_or_default();
    match path {
        "/entry" => (if text == "qr" { "push" } else { "qr" }).into(),
        // The first character: an id, instant or nonce of another digit is one still.
        _ if path.ends_with("_at") || path.ends_with("/id") || path == "/login" => {
            text.replace("2026", "2027").replace("019ab", "019ac").into()
        }
        "/workstation/nonce" => text.replacen('A', "B", 1).into(),
        _ => format!("{text}x").into(),
    }
}
