//! The house rules: who may import whom, how long a file gets, what stands at the top level.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod imports;
mod paths;
mod rules;
mod sources;

/// The HTTP client is for tests alone; what calls out must first be let in here.
#[test]
fn the_service_itself_ships_no_http_client() {
    let manifest = include_str!("../../Cargo.toml");
    let shipped = manifest.split("\n[dependencies]\n").nth(1).unwrap();
    let shipped = shipped.split("\n[").next().unwrap();
    assert!(shipped.lines().any(|line| line.starts_with("actix-web")), "the section was found");
    assert!(!shipped.lines().any(|line| line.starts_with("reqwest")), "reqwest is shipped");
}
