//! The database.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use super::{DataFolder, DatabaseUrl, Unsafe, from_text};

/// `[store]`: the database, and how long it may take.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// The database as the service's role; `None` is the SQLite file in the data folder.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub url: Option<DatabaseUrl>,
    /// PostgreSQL as the owner role, for migrations; `None` is the same as `url`.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub owner_url: Option<DatabaseUrl>,
    /// PostgreSQL as the worker role, for the audit log; `None` is the same as `url`.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub worker_url: Option<DatabaseUrl>,
    /// Connections held open at most.
    pub pool_size: usize,
    /// How long a request waits for a connection, in milliseconds.
    pub acquire_timeout_ms: u64,
    /// How long a statement may run, in milliseconds.
    pub statement_timeout_ms: u64,
    /// PEM file with roots to trust beside the system's.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub tls_roots: Option<PathBuf>,
}

impl Store {
    /// The database as the service's role.
    #[must_use]
    pub fn database(&self, data: &DataFolder) -> DatabaseUrl {
        let embedded = || DatabaseUrl::Sqlite(data.folder.join("countersign.sqlite"));
        self.url.clone().unwrap_or_else(embedded)
    }

    /// The database as the owner role, which migrates.
    #[must_use]
    pub fn owner_database(&self, data: &DataFolder) -> DatabaseUrl {
        self.owner_url.clone().unwrap_or_else(|| self.database(data))
    }

    /// The database as the worker role, which carries the audit log.
    #[must_use]
    pub fn worker_database(&self, data: &DataFolder) -> DatabaseUrl {
        self.worker_url.clone().unwrap_or_else(|| self.database(data))
    }

    /// How long a request waits for a connection before it is answered 503.
    #[must_use]
    pub fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(self.acquire_timeout_ms)
    }

    /// How long a statement may run.
    #[must_use]
    pub fn statement_timeout(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms)
    }

    /// Roles only where there are roles, and bounds on every wait.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        let postgres = matches!(self.url, Some(DatabaseUrl::Postgres(_)));
        let mut problems = Vec::new();
        for (key, role) in
            [("store.owner_url", &self.owner_url), ("store.worker_url", &self.worker_url)]
        {
            match role {
                Some(DatabaseUrl::Sqlite(_)) => problems.push(Unsafe::new(
                    key,
                    "is a role of PostgreSQL; write postgres://user:password@host/name, \
                     or leave it empty for SQLite",
                )),
                Some(DatabaseUrl::Postgres(_)) if !postgres => problems.push(Unsafe::new(
                    key,
                    "names PostgreSQL while store.url names SQLite: set store.url to the same \
                     PostgreSQL database, or leave this empty",
                )),
                _ => {}
            }
        }
        problems.extend(Unsafe::outside(
            "store.pool_size",
            self.pool_size,
            &(2..=1000),
            "connections",
        ));
        problems.extend(Unsafe::outside(
            "store.acquire_timeout_ms",
            self.acquire_timeout_ms,
            &(50..=30_000),
            "milliseconds",
        ));
        problems.extend(Unsafe::outside(
            "store.statement_timeout_ms",
            self.statement_timeout_ms,
            &(100..=60_000),
            "milliseconds",
        ));
        problems
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{DatabaseUrl, Settings};

    #[test]
    fn no_address_is_the_file_in_the_data_folder() {
        let settings = Settings::embedded();
        assert_eq!(
            settings.store.database(&settings.data),
            DatabaseUrl::Sqlite("data/countersign.sqlite".into())
        );
    }

    #[test]
    fn an_empty_role_is_the_service_s_own() {
        let mut settings = Settings::embedded();
        settings.store.url = Some("postgres://app@db/countersign".parse().unwrap());
        settings.store.owner_url = Some("postgres://owner@db/countersign".parse().unwrap());
        let (store, data) = (&settings.store, &settings.data);
        assert_eq!(store.worker_database(data), store.database(data));
        assert_ne!(store.owner_database(data), store.database(data));
        assert_eq!(store.validate(), []);
    }

    #[test]
    fn a_role_beside_sqlite_is_refused() {
        let mut store = Settings::embedded().store;
        store.owner_url = Some("postgres://owner@db/countersign".parse().unwrap());
        store.worker_url = Some("sqlite:///x".parse().unwrap());
        let keys: Vec<_> = store.validate().iter().map(|problem| problem.key).collect();
        assert_eq!(keys, ["store.owner_url", "store.worker_url"]);
    }
}
