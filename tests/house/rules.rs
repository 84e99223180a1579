//! Which folder of `src/` may import what. Cargo holds the outer rules (what a crate of the
//! workspace may depend on); these are the inner ones: imports only point down, from `app` over
//! `http` and `flows` to `domain`, and each library is known in one place.

/// Folders of `src/`, where a file at the root (`app.rs`) counts as one.
pub enum Folders {
    These(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

/// Path prefixes. `crate::store::*` is whatever stands in a module of `store`, as against the types
/// that `store` shows at its own door (`crate::store::Scope`).
pub enum Imports {
    /// Of this crate and of its dependencies, nothing else. (The standard library is free to all.)
    Only(&'static [&'static str]),
    Never(&'static [&'static str]),
}

pub struct Rule {
    pub folders: Folders,
    pub imports: Imports,
    pub because: &'static str,
}

use Folders::{AllBut, These};
use Imports::{Never, Only};

#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    Rule {
        folders: These(&["domain"]),
        imports: Only(&["crate::domain", "countersign_protocol", "serde", "serde_json::Value", "thiserror", "uuid::Uuid"]),
        because: "rules are pure (values in, values out: no I/O, no clock), so that every path of them can be tested",
    },
    Rule {
        folders: These(&["ambient"]),
        imports: Never(&["crate::app", "crate::http", "crate::flows", "crate::store", "crate::config", "crate::domain"]),
        because: "the clock knows nobody who asks it for the time",
    },
    Rule {
        folders: These(&["store", "audit", "push", "outbound", "wake", "guards", "redis_link", "auth"]),
        imports: Never(&["crate::app", "crate::http", "crate::flows", "crate::workers"]),
        because: "an adapter serves whoever calls it; imports point down",
    },
    Rule {
        folders: These(&["flows"]),
        imports: Never(&["crate::app", "crate::http", "crate::workers"]),
        because: "a use case is the same from HTTP, a worker or the command line",
    },
    Rule {
        folders: These(&["http"]),
        imports: Never(&["crate::app", "crate::workers", "crate::store::*", "crate::push", "crate::wake::*", "crate::audit::*", "crate::guards::*", "crate::redis_link"]),
        because: "a handler calls a flow: what happens to the state is not decided in HTTP",
    },
    Rule {
        folders: These(&["flows"]),
        imports: Never(&["crate::push::*", "crate::wake::*", "crate::audit::*", "crate::guards::*", "crate::redis_link"]),
        because: "flows know traits; which adapter stands behind them, app decides",
    },
    Rule {
        folders: AllBut(&["store"]),
        imports: Never(&["diesel", "diesel_async", "diesel_migrations", "tokio_postgres", "tokio_postgres_rustls", "deadpool", "libsqlite3_sys"]),
        because: "all SQL stands in store, under its scopes and its transactions",
    },
    Rule {
        folders: AllBut(&["app", "http"]),
        imports: Never(&["actix_web", "utoipa_actix_web"]),
        because: "HTTP is known in http",
    },
    Rule {
        folders: AllBut(&["redis_link", "wake", "guards", "audit"]),
        imports: Never(&["redis"]),
        because: "Redis is behind traits, since the embedded default has none",
    },
    Rule {
        folders: AllBut(&["outbound"]),
        // reqwest: see only_outbound_calls_out
        imports: Never(&["h2"]),
        because: "outbound is the only part that calls out",
    },
    Rule {
        folders: These(&["outbound"]),
        imports: Never(&["crate::push", "crate::audit", "crate::store"]),
        because: "whoever calls out knows what for, and outbound knows how",
    },
    Rule {
        folders: AllBut(&["auth"]),
        imports: Never(&["webauthn_rs", "jsonwebtoken", "totp_rs"]),
        because: "what a credential or a token proves is decided in one place",
    },
];

impl Rule {
    pub fn covers(&self, folder: &str) -> bool {
        match &self.folders {
            These(folders) => folders.contains(&folder),
            AllBut(folders) => !folders.contains(&folder),
        }
    }

    /// Whether a file that this rule covers may name `path`.
    pub fn allows(&self, path: &str, dependencies: &[String]) -> bool {
        match &self.imports {
            Never(prefixes) => !prefixes.iter().any(|prefix| is_under(path, prefix)),
            Only(prefixes) => {
                let root = path.split("::").next().unwrap_or_default();
                let judged = root == "crate" || dependencies.iter().any(|name| name == root);
                !judged || prefixes.iter().any(|prefix| is_under(path, prefix))
            }
        }
    }
}

fn is_under(path: &str, prefix: &str) -> bool {
    if let Some(parent) = prefix.strip_suffix("*") {
        // Modules and functions begin small, types and traits don't.
        return path.strip_prefix(parent).is_some_and(|rest| rest.starts_with(char::is_lowercase));
    }
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
