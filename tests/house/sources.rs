//! The repository's Rust files, and what holds for all of them.

use std::fs;
use std::path::Path;

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// One file, one idea: nine files in ten are far below this.
const MOST_LINES: usize = 350;

/// What a newcomer sees first. (Hidden files are tools' own.)
const TOP_LEVEL: [&str; 12] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "config",
    "crates",
    "examples",
    "migrations",
    "mobile-api.yaml",
    "src",
    "target",
    "tests",
];

/// Path from the root, with `/`, and text of every Rust file under `folder`.
pub fn rust_files(folder: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for name in entries(folder) {
        let path = format!("{folder}/{name}");
        let full = Path::new(ROOT).join(&path);
        if full.is_dir() {
            files.extend(rust_files(&path));
        } else if name.ends_with(".rs") {
            files.push((path, fs::read_to_string(full).unwrap()));
        }
    }
    files
}

fn entries(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn too_long(files: &[(String, String)]) -> Vec<String> {
    files
        .iter()
        .map(|(path, source)| (path, source.lines().count()))
        .filter(|(_, lines)| *lines >= MOST_LINES)
        .map(|(path, lines)| format!("{path} has {lines} lines"))
        .collect()
}

fn strangers(names: &[String]) -> Vec<&String> {
    names
        .iter()
        .filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str()))
        .collect()
}

#[test]
fn no_file_is_long() {
    let crates = entries("crates").into_iter().map(|name| format!("crates/{name}/src"));
    let files: Vec<_> =
        crates.chain(["src".to_owned()]).flat_map(|folder| rust_files(&folder)).collect();
    assert!(files.len() > 10, "the sources were not found");
    assert_eq!(too_long(&files), Vec::<String>::new());
}

#[test]
fn a_long_file_is_found() {
    let file = |lines| (format!("{lines}.rs"), "//\n".repeat(lines));
    assert_eq!(too_long(&[file(349), file(350)]), ["350.rs has 350 lines"]);
}

/// Whoever calls it says that an assertion was verified: the compiler asks for no more.
#[test]
fn only_the_flow_that_verifies_an_assertion_witnesses_it() {
    let witness = "VerifiedAssertion::witnessed()";
    let mut named: Vec<_> = rust_files("src")
        .into_iter()
        .filter(|(path, source)| source.contains(witness) && !path.ends_with("tests.rs"))
        .map(|(path, _)| path)
        .collect();
    named.sort();
    assert_eq!(named, ["src/flows/login/approve.rs"]);
}

/// Files that call out and are not `outbound`. `push` makes its vendors' requests of the client's types, and never a
/// client. A test may: it calls what it tests.
fn callers(files: &[(String, String)]) -> Vec<&String> {
    let shipped = |source: &str| source.split("#[cfg(test)]").next().unwrap().to_owned();
    let calls = |path: &str, source: &str| match path {
        _ if path.starts_with("src/outbound/") || path.ends_with("tests.rs") => false,
        _ if path.starts_with("src/push/") => ["ClientBuilder", "reqwest::Client", "reqwest::get"]
            .iter()
            .any(|name| source.contains(name)),
        _ => source.contains("reqwest"),
    };
    files
        .iter()
        .filter(|(path, source)| calls(path, &shipped(source)))
        .map(|(path, _)| path)
        .collect()
}

#[test]
fn only_outbound_calls_out() {
    assert_eq!(callers(&rust_files("src")), Vec::<&String>::new());
}

#[test]
fn a_caller_is_found() {
    let file = |path: &str, source: &str| (path.to_owned(), source.to_owned());
    let files = [
        file("src/flows/a.rs", "reqwest::get(url)\n#[cfg(test)] mod tests {}"),
        file("src/http/b.rs", "#[cfg(test)]\nmod tests { use reqwest::get; }"),
        file("src/http/c_tests.rs", "use reqwest::get;"),
        file("src/push/d.rs", "use reqwest::Url;"),
        file("src/outbound/e.rs", "use reqwest::Client;"),
        file("src/push/f.rs", "reqwest::Client::new()"),
    ];
    assert_eq!(callers(&files), ["src/flows/a.rs", "src/push/f.rs"]);
}

#[test]
fn the_top_level_is_bare() {
    assert_eq!(strangers(&entries(".")), Vec::<&String>::new());
}

#[test]
fn a_stranger_at_the_top_level_is_found() {
    let names = ["src", ".ci", "notes.md"].map(str::to_owned);
    assert_eq!(strangers(&names), ["notes.md"]);
}
