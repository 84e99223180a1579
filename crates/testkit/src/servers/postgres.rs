use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;
use url::Url;

use super::port::{ATTEMPTS, free_port};
use super::process::Process;
use super::programs::postgres_programs;
use super::shared::servers_required;
use super::unprivileged::Unprivileged;

/// Whether a commit survives a power cut. (Either survives [`PrivatePostgres::kill`]: what was
/// written stays in the kernel's cache.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// PostgreSQL's defaults: `fsync`, `synchronous_commit` and `full_page_writes` on.
    Durable,
    /// All three off, for tests about something else.
    Fast,
}

/// A PostgreSQL server of one test, on a free port of 127.0.0.1, in a temporary folder. Everyone
/// on loopback may be anyone, without a password. Dropping it stops it and removes the folder.
#[derive(Debug)]
pub struct PrivatePostgres {
    // Declared before `folder`: fields drop in order, and the server must be gone first.
    process: Option<Process>,
    programs: PathBuf,
    port: u16,
    durability: Durability,
    user: Unprivileged,
    folder: TempDir,
}

impl PrivatePostgres {
    /// The superuser, and the only role of a fresh server.
    pub const ADMIN: &str = "postgres";

    /// A running server with PostgreSQL's own durability.
    ///
    /// # Panics
    /// When PostgreSQL isn't installed or doesn't start; with its log.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(Durability::Durable)
    }

    /// A running server, or none (and a line that says so) where PostgreSQL isn't installed and
    /// neither `CI` nor `COUNTERSIGN_TEST_REQUIRE_SERVERS` asks for it.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_or_skip() -> Option<Self> {
        if postgres_programs().is_none() && !servers_required() {
            eprintln!("skipped: PostgreSQL is not installed (tests/run installs it)");
            return None;
        }
        Some(Self::start())
    }

    /// A running server with the given durability.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with(durability: Durability) -> Self {
        let programs = postgres_programs().expect(
            "no initdb and postgres in PATH, Debian's or Homebrew's folders: run tests/run",
        );
        let folder = tempfile::Builder::new().prefix("pg").tempdir().expect("a temporary folder");
        let user = Unprivileged::owning(folder.path());
        let mut server = Self { process: None, programs, port: 0, durability, user, folder };
        server.initdb();
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            server.port = free_port();
            match server.run() {
                Ok(()) => return server,
                Err(reason) => last = reason,
            }
        }
        panic!("PostgreSQL {last}");
    }

    /// The URL of the superuser on the database `postgres`.
    #[must_use]
    pub fn admin_url(&self) -> Url {
        self.url(Self::ADMIN, "postgres")
    }

    /// The URL of any role on any database.
    #[must_use]
    pub fn url(&self, user: &str, database: &str) -> Url {
        let url = format!("postgres://{user}@127.0.0.1:{}/{database}", self.port);
        Url::parse(&url).expect("role and database names that need no escaping")
    }

    /// Stops the server at once, as a crash would: no checkpoint, every connection cut, recovery
    /// at the next start.
    ///
    /// This is PostgreSQL's immediate shutdown (SIGQUIT) and not SIGKILL, after which backends
    /// would go on for a moment without their postmaster.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop(Signal::QUIT);
        }
    }

    /// Starts the server again on the same port and the same files, after stopping it if it runs.
    ///
    /// # Panics
    /// When it doesn't come up; with its log.
    pub fn restart(&mut self) {
        self.kill();
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            match self.run() {
                Ok(()) => return,
                Err(reason) => last = reason,
            }
        }
        panic!("PostgreSQL {last}");
    }

    fn cluster(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        // Neither PGDATA, PGOPTIONS and the like nor the caller's locale reach the server. Its
        // user may not be able to enter the caller's working folder.
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C")
            .current_dir(self.folder.path());
        self.user.apply(&mut command);
        command
    }

    fn initdb(&self) {
        let output = self
            .command("initdb")
            .args(["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"])
            .arg(format!("--username={}", Self::ADMIN))
            .arg("--pgdata")
            .arg(self.cluster())
            .output()
            .expect("initdb runs");
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn run(&mut self) -> Result<(), String> {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.cluster());
        for (key, value) in self.settings() {
            command.arg("-c").arg(format!("{key}={value}"));
        }
        let mut process = Process::spawn(command, &self.folder.path().join("log"))
            .map_err(|error| format!("does not run: {error}"))?;
        let (id, cluster) = (process.id(), self.cluster());
        process.wait_until(|| accepts_connections(&cluster, id))?;
        self.process = Some(process);
        Ok(())
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let durable = if self.durability == Durability::Durable { "on" } else { "off" };
        vec![
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", self.port.to_string()),
            ("unix_socket_directories", self.folder.path().display().to_string()),
            ("max_connections", "300".to_owned()),
            ("timezone", "UTC".to_owned()),
            ("fsync", durable.to_owned()),
            ("synchronous_commit", durable.to_owned()),
            ("full_page_writes", durable.to_owned()),
        ]
    }
}

/// Whether the postmaster `id` says so in the eighth line of its `postmaster.pid`, which is where
/// `pg_ctl --wait` looks (`utils/pidfile.h`). A file left by a killed one names another process.
fn accepts_connections(cluster: &Path, id: u32) -> bool {
    let file = fs::read_to_string(cluster.join("postmaster.pid")).unwrap_or_default();
    let mut lines = file.lines().map(str::trim);
    lines.next() == Some(id.to_string().as_str()) && lines.nth(6) == Some("ready")
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        self.kill();
    }
}
