use std::path::Path;
use std::thread;
use std::time::Duration;

use tokio::runtime;
use tokio::time::timeout;
use tokio_postgres::{Client, Error, NoTls};
use url::Url;

/// How long a test waits for another process that is migrating the template.
const MIGRATION_PATIENCE: &str = "SET lock_timeout = '120s'";

/// How long a finished test tries to remove its database.
const REMOVAL_PATIENCE: Duration = Duration::from_secs(10);

/// A database of one test, cloned from a migrated template. Dropping it removes it, also under open
/// connections.
#[derive(Debug)]
pub struct TestDatabase {
    admin: Url,
    name: String,
}

/// A name for the schema that the migrations of a folder make: `label` and a hash of all their texts.
///
/// # Panics
/// If the folder can't be read.
#[must_use]
pub fn schema_version(label: &str, folder: &Path) -> String {
    let read = "the migrations can be read";
    let entries = std::fs::read_dir(folder).expect(read);
    let mut files: Vec<_> = entries.map(|entry| entry.expect(read).path()).collect();
    files.sort();
    let texts: Vec<_> =
        files.iter().map(|file| std::fs::read(file.join("up.sql")).expect(read)).collect();
    let parts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
    let hash = countersign_protocol::encoding::sha256(&parts);
    let hash: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{label}_{hash}")
}

impl TestDatabase {
    /// Clones the template of `version`, after making it if there is none yet: `migrate` gets the
    /// superuser's URL of an empty database and fills it. Of all processes of a test run one
    /// migrates and the others wait, so that `migrate` may also create roles, which belong to the
    /// whole server (and may be there already, from another version).
    ///
    /// `version` names what `migrate` makes, such as a hash of all migrations: up to 40 of `a-z`,
    /// `0-9` and `_`. Rights on and settings of the database itself are not cloned (`GRANT ... ON
    /// DATABASE`, `ALTER DATABASE ... SET`).
    ///
    /// # Panics
    /// When the server can't be reached or refuses a statement.
    pub async fn create(admin: &Url, version: &str, migrate: impl AsyncFnOnce(Url)) -> Self {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(
            version.len() <= 40 && version.chars().all(plain),
            "a version that needs no quoting"
        );
        let template = format!("template_{version}");
        let client = connect(admin).await.expect("the test server answers");
        if !exists(&client, &template).await {
            make_template(admin, &client, &template, migrate).await;
        }
        let name = fresh_name(&client).await;
        let clone = format!("CREATE DATABASE {name} TEMPLATE {template}");
        client.batch_execute(&clone).await.expect("the template can be cloned");
        Self { admin: admin.clone(), name }
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The superuser's URL of this database. Row-level security doesn't hold for superusers.
    #[must_use]
    pub fn url(&self) -> Url {
        at_database(&self.admin, &self.name)
    }

    /// The URL of this database for another role, one that needs no password.
    #[must_use]
    pub fn url_as(&self, role: &str) -> Url {
        let mut url = self.url();
        url.set_username(role)
            .and_then(|()| url.set_password(None))
            .expect("the admin URL has a host");
        url
    }
}

impl Drop for TestDatabase {
    /// Never panics: a test that killed its server has nothing to remove.
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        // Runs inside a test's runtime, which can't be blocked on: so a thread with its own.
        let _ = thread::spawn(move || remove(&admin, &name)).join();
    }
}

/// Makes a template under another name and renames it when it is whole, so that a migration that
/// fails half-way leaves none.
async fn make_template(
    admin: &Url,
    client: &Client,
    template: &str,
    migrate: impl AsyncFnOnce(Url),
) {
    let lock = format!(
        "{MIGRATION_PATIENCE}; SELECT pg_advisory_lock(hashtextextended('countersign templates', 0))"
    );
    client.batch_execute(&lock).await.expect("another process finishes its migration");
    if !exists(client, template).await {
        let unfinished = format!("unfinished_{template}");
        for statement in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
            client
                .batch_execute(&format!("{statement} {unfinished}"))
                .await
                .expect("room for a database");
        }
        migrate(at_database(admin, &unfinished)).await;
        // A template can't be cloned while anyone is connected to it.
        for statement in [
            format!("ALTER DATABASE {unfinished} ALLOW_CONNECTIONS false"),
            format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{unfinished}'"
            ),
            format!("ALTER DATABASE {unfinished} RENAME TO {template}"),
        ] {
            client.batch_execute(&statement).await.expect("the template can be closed");
        }
    }
    client
        .batch_execute("SELECT pg_advisory_unlock_all(); RESET lock_timeout")
        .await
        .expect("the lock is ours");
}

async fn exists(client: &Client, database: &str) -> bool {
    let query = "SELECT 1 FROM pg_database WHERE datname = $1";
    client.query_opt(query, &[&database]).await.expect("pg_database is readable").is_some()
}

/// The server draws the name, so that no two processes can draw the same one.
async fn fresh_name(client: &Client) -> String {
    let query = "SELECT 't_' || replace(gen_random_uuid()::text, '-', '')";
    client.query_one(query, &[]).await.expect("PostgreSQL 13 or later").get(0)
}

fn remove(admin: &Url, name: &str) -> Option<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let removal = async {
        let client = connect(admin).await.ok()?;
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.ok()
    };
    runtime.block_on(async { timeout(REMOVAL_PATIENCE, removal).await.ok()? })
}

async fn connect(url: &Url) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(url.as_str(), NoTls).await?;
    // Ends when the client is dropped; what goes wrong, the client's next call says.
    tokio::spawn(connection);
    Ok(client)
}

fn at_database(server: &Url, database: &str) -> Url {
    let mut url = server.clone();
    url.set_path(database);
    url
}
