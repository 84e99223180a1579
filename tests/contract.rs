//! The contract in the repository is the one that the code makes, and it tells everything.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails must say where")]

use countersign::http::{contract_yaml, openapi::incomplete, whole_contract};

/// Where the contract stands.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mobile-api.yaml");

#[test]
fn mobile_api_yaml_is_the_contract_that_the_code_makes() {
    let made = contract_yaml().unwrap();
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    let differs = made.lines().zip(kept.lines()).position(|(made, kept)| made != kept);
    let line = differs.unwrap_or_else(|| made.lines().count().min(kept.lines().count())) + 1;
    assert!(
        made == kept,
        "mobile-api.yaml differs from the code from line {line} on; look at what changes for clients, \
         then write it anew:\n\n    cargo run --quiet -- openapi > mobile-api.yaml\n"
    );
}

#[test]
fn the_contract_tells_everything() {
    let gaps = incomplete(&whole_contract());
    assert!(gaps.is_empty(), "the contract is incomplete:\n{}", gaps.join("\n"));
}

#[test]
fn every_identifier_of_an_operation_is_one_word() {
    // Client generators make function names of them.
    let contract = serde_json::to_value(whole_contract()).unwrap();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap_or_default();
            let word = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(!id.is_empty() && id.chars().all(word), "{path}: {id:?}");
        }
    }
}
