//! `--start`: the service on a temporary folder, with private servers where it needs them.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use countersign_testkit::servers::{PrivatePostgres, PrivateRedis};
use tempfile::TempDir;
use tokio::time::{Instant as Timer, sleep};
use tokio_postgres::NoTls;
use url::Url;

use crate::{Failure, connections::transport, options::Start, pushes::Pushes, say};

/// What a service under load needs: the caps as high as they go.
pub const SETTINGS: [(&str, &str); 5] = [
    ("COUNTERSIGN__LOGIN__PER_NAME_PER_MINUTE", "60"),
    ("COUNTERSIGN__LOGIN__PER_WORKSTATION_PER_MINUTE", "600"),
    ("COUNTERSIGN__LOGIN__PER_TENANT_PER_MINUTE", "100000"),
    ("COUNTERSIGN__TOKENS__STRANGERS_PER_ADDRESS_PER_MINUTE", "1000000"),
    ("COUNTERSIGN__LOG__FILTER", "warn"),
];

/// How long the service may take to be ready, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);
/// The role that the service logs in as.
const ROLE: &str = "countersign_load";

/// A service of our own; dropped, it and its servers are killed and their folders removed.
pub struct Started {
    /// Its public URL.
    pub url: Url,
    /// Its metrics.
    pub metrics: Url,
    /// An admin's token.
    pub admin_token: String,
    /// The vendor that it pushes to.
    pub pushes: Option<Pushes>,
    // Fields drop in this order: the service before its servers, the folder last.
    service: Killed,
    postgres: Option<PrivatePostgres>,
    _redis: Option<PrivateRedis>,
    folder: TempDir,
}

/// A child that is killed when it is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program and the environment that all its commands share.
struct Program {
    path: PathBuf,
    environment: Vec<(String, String)>,
}

impl Program {
    fn set(&mut self, key: &str, value: &dyn std::fmt::Display) {
        self.environment.push((format!("COUNTERSIGN__{key}"), value.to_string()));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).envs(self.environment.iter().map(|(key, value)| (key, value)));
        command.stdin(Stdio::null());
        command
    }

    /// What a command that ends prints.
    fn run(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = self.command(arguments).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(
                format!("countersign {} failed: {}", arguments.join(" "), output.status).into()
            );
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl Started {
    /// Starts the service on `what`; `path` is the program, or the one beside this.
    pub async fn on(what: Start, path: Option<&Path>, push: bool) -> Result<Self, Failure> {
        let path = path.map_or_else(beside_this, |path| Ok(path.to_owned()))?;
        let folder = TempDir::new()?;
        let (port, metrics_port) = (free_port()?, free_port()?);
        let environment = SETTINGS.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        let mut program = Program { path, environment };
        program.set("DATA__FOLDER", &folder.path().display());
        program.set("SERVER__LISTEN", &format_args!("127.0.0.1:{port}"));
        program.set("SERVER__PUBLIC_URL", &format_args!("http://localhost:{port}"));
        program.set("SERVER__METRICS_LISTEN", &format_args!("127.0.0.1:{metrics_port}"));
        let pushes = push.then(Pushes::start);
        if let Some(pushes) = &pushes {
            for (key, value) in pushes.settings(folder.path())? {
                program.set(key, &value);
            }
        }
        let (postgres, redis) = match what {
            Start::Sqlite => (None, None),
            Start::Postgres => {
                say("starting PostgreSQL (durable) and Redis");
                let postgres = PrivatePostgres::start();
                let redis = PrivateRedis::start_with(&[("appendonly", "yes")]);
                prepare(&mut program, &postgres, &redis, folder.path()).await?;
                (Some(postgres), Some(redis))
            }
        };
        let made = program.run(&["bootstrap", "--msp", "Load IT"])?;
        let token = made.lines().find_map(|line| line.strip_prefix("token"));
        let admin_token = token.ok_or("countersign bootstrap shows no token")?.trim().to_owned();
        let service = Killed(program.command(&["serve"]).stdout(Stdio::null()).spawn()?);
        let mut started = Self {
            url: format!("http://localhost:{port}").parse()?,
            metrics: format!("http://127.0.0.1:{metrics_port}/metrics").parse()?,
            admin_token,
            pushes,
            service,
            postgres,
            _redis: redis,
            folder,
        };
        started.ready().await?;
        say(&format!("{} serves at {}", program.path.display(), started.url));
        Ok(started)
    }

    /// The service's process.
    pub fn pid(&self) -> u32 {
        self.service.0.id()
    }

    /// The service's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Lets PostgreSQL look at what is in its tables, as it does by itself after a minute: a statement that
    /// was planned on an empty table may stay a sequential scan.
    pub async fn settle(&self) -> Result<(), Failure> {
        if let Some(postgres) = &self.postgres {
            as_superuser(postgres, "ANALYZE").await?;
        }
        Ok(())
    }

    async fn ready(&mut self) -> Result<(), Failure> {
        let (service, end) = (transport(&self.url)?, Timer::now() + PATIENCE);
        while !service.readiness().await.is_ok_and(|readiness| readiness.ready) {
            if let Some(status) = self.service.0.try_wait()? {
                return Err(format!("the service ended: {status}").into());
            }
            if Timer::now() > end {
                return Err("the service is not ready after a minute".into());
            }
            sleep(POLL).await;
        }
        Ok(())
    }
}

/// Migrates as the owner, and lets the service log in as a role of its own, behind the walls.
async fn prepare(
    program: &mut Program,
    postgres: &PrivatePostgres,
    redis: &PrivateRedis,
    folder: &Path,
) -> Result<(), Failure> {
    let key = folder.join("master.key");
    program.run(&["keys", "master", &key.to_string_lossy()])?;
    program.set("KEYS__MASTER_KEY_FILE", &key.display());
    program.set("REDIS__URL", &redis.url());
    program.set("STORE__URL", &postgres.url(ROLE, "postgres"));
    program.set("STORE__OWNER_URL", &postgres.admin_url());
    program.run(&["migrate"])?;
    let role = format!(
        "CREATE ROLE {ROLE} LOGIN IN ROLE countersign_app, countersign_worker, countersign_retention"
    );
    as_superuser(postgres, &role).await
}

async fn as_superuser(postgres: &PrivatePostgres, statement: &str) -> Result<(), Failure> {
    let (client, driver) = tokio_postgres::connect(postgres.admin_url().as_str(), NoTls).await?;
    let driver = tokio::spawn(driver);
    client.batch_execute(statement).await?;
    drop(client);
    driver.await??;
    Ok(())
}

/// The service that was built with this tool: `target/<profile>/examples/load` lies below it.
fn beside_this() -> Result<PathBuf, Failure> {
    let this = std::env::current_exe()?;
    let path = this.parent().and_then(Path::parent).map(|folder| folder.join("countersign"));
    let path = path.filter(|path| path.is_file());
    path.ok_or_else(|| {
        "the service is not built: run cargo build with the same profile, or name it with --service"
            .into()
    })
}

fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
