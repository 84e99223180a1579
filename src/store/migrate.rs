//! Migrations, embedded in the binary for both databases. They only go forward.

use std::sync::Arc;

use diesel::{Connection, SqliteConnection};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use rustls::ClientConfig;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::StoreError;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Brings a SQLite file to the newest schema; how many migrations ran.
///
/// # Errors
/// If the file can't be opened or a migration fails; then none of that migration is kept.
pub async fn sqlite(path: &str) -> Result<usize, StoreError> {
    let path = path.to_owned();
    let ran = tokio::task::spawn_blocking(move || -> Result<usize, String> {
        let mut connection =
            SqliteConnection::establish(&path).map_err(|error| format!("{path}: {error}"))?;
        run(&mut connection, SQLITE)
    });
    ran.await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?
        .map_err(StoreError::Unavailable)
}

/// Brings a PostgreSQL database to the newest schema, as the owner that `owner_url` names. To be called on
/// a multi-threaded runtime.
///
/// # Errors
/// If the server does not answer or a migration fails; then none of that migration is kept.
pub async fn postgres(owner_url: &str, tls: Arc<ClientConfig>) -> Result<usize, StoreError> {
    let unavailable = |error: &dyn std::fmt::Display| StoreError::Unavailable(error.to_string());
    let tls = MakeRustlsConnect::new(ClientConfig::clone(&tls));
    let (client, driver) = tokio_postgres::connect(owner_url, tls)
        .await
        .map_err(|error| StoreError::Unavailable(format!("store.owner_url: {error}")))?;
    let connection = AsyncPgConnection::try_from_client_and_connection(client, driver)
        .await
        .map_err(|error| unavailable(&error))?;
    let mut harness = AsyncMigrationHarness::new(connection);
    run(&mut harness, POSTGRES).map_err(StoreError::Unavailable)
}

fn run<DB: diesel::backend::Backend>(
    harness: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
) -> Result<usize, String> {
    let ran = harness.run_pending_migrations(migrations);
    ran.map(|ran| ran.len()).map_err(|error| format!("a migration failed: {error}"))
}
