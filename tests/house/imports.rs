//! Holds the rules on the sources, and each rule on a source that breaks it.

use crate::paths::paths;
use crate::rules::{Folders, Imports, RULES};
use crate::sources::{ROOT, rust_files};
use std::fs;
use std::path::Path;

/// What a file names and may not, each with the reason.
fn violations(file: &str, source: &str, dependencies: &[String]) -> Vec<String> {
    let folder = file.trim_end_matches(".rs").split('/').next().unwrap_or_default();
    paths(source, &module(file))
        .iter()
        .flat_map(|path| {
            RULES
                .iter()
                .filter(|rule| rule.covers(folder) && !rule.allows(path, dependencies))
                .map(move |rule| format!("src/{file} names {path}, but {}", rule.because))
        })
        .collect()
}

/// `crate::http::login` of `http/login.rs` and of `http/login/mod.rs`.
fn module(file: &str) -> String {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if matches!(path, "lib" | "main") {
        "crate".to_owned()
    } else {
        format!("crate::{}", path.replace('/', "::"))
    }
}

/// The names of `[dependencies]` in Cargo.toml, as Rust spells them.
fn dependencies() -> Vec<String> {
    let manifest = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let (_, section) = manifest.split_once("\n[dependencies]\n").unwrap();
    section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split([' ', '.', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(|name| name.replace('-', "_"))
        .collect()
}

#[test]
fn imports_point_down() {
    let dependencies = dependencies();
    let broken: Vec<String> = rust_files("src")
        .into_iter()
        .flat_map(|(file, source)| {
            violations(file.trim_start_matches("src/"), &source, &dependencies)
        })
        .collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn dependencies_are_read_from_the_manifest() {
    let found = dependencies();
    for name in ["actix_web", "serde", "zeroize"] {
        assert!(found.iter().any(|found| found == name), "{name} in {found:?}");
    }
    assert!(!found.iter().any(|name| name == "proptest"), "a dependency of tests only");
}

/// Every way to name something, for every rule and every path it forbids.
#[test]
fn every_rule_can_be_broken() {
    let dependencies = dependencies();
    for rule in RULES {
        let folder = match &rule.folders {
            Folders::These(folders) => folders[0],
            Folders::AllBut(_) => "domain",
        };
        let forbidden: &[&str] = match &rule.imports {
            Imports::Never(prefixes) => prefixes,
            Imports::Only(_) => {
                &["actix_web", "crate::store", "tokio", "aws_lc_rs", "uuid::Builder"]
            }
        };
        for path in forbidden {
            let path = path.replace('*', "inner");
            let (head, tail) = path.split_once("::").unwrap_or((&path, "X"));
            for source in [
                format!("use {path};"),
                format!("use {path}::X as Y;"),
                format!("use {head}::{{other::A, {tail}::{{B, C}}}};"),
                format!("use {head} as y; fn f() {{ y::{tail}::x() }}"),
                format!("fn f() -> {path}::X {{ loop {{}} }}"),
                format!("fn f() {{ run!(async {{ {path}::x() }}) }}"),
            ] {
                let found = violations(&format!("{folder}/file.rs"), &source, &dependencies);
                let said = found.iter().any(|violation| violation.ends_with(rule.because));
                assert!(said, "{source} in {folder} is let through: {}", rule.because);
            }
        }
    }
}

#[test]
fn what_is_allowed_is_let_through() {
    for (file, source) in [
        (
            "domain/login.rs",
            "use std::fmt; use serde::Serialize; use super::policy::Rule; use State::*;",
        ),
        ("domain/mod.rs", "mod login; pub use login::Login;"),
        ("store/conn.rs", "use diesel::prelude::*;"),
        (
            "http/routes.rs",
            "use actix_web::web; use crate::store::Scope; use crate::flows::login::open;",
        ),
        ("flows/login/open.rs", "use crate::store::logins; use crate::wake::Waiters;"),
        ("wake/mod.rs", "mod redis; pub use redis::RedisWaiters;"),
        ("app.rs", "use crate::push::apns::Apns; use crate::http; use actix_web::App;"),
    ] {
        assert_eq!(violations(file, source, &dependencies()), Vec::<String>::new());
    }
}

#[test]
fn a_relative_path_does_not_hide_where_it_leads() {
    let found = violations(
        "flows/login/open.rs",
        "use super::super::super::http::routes;",
        &dependencies(),
    );
    assert_eq!(found.len(), 1, "{found:?}");
}
