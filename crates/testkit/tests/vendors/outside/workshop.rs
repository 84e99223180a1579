use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use countersign_testkit::vendors::Authority;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

/// Downloads come from the package registries that this machine's npm and pip are set to.
const INSTALLATION: Duration = Duration::from_secs(600);
const RUN: Duration = Duration::from_secs(60);

/// A temporary folder in which the clients are installed.
pub struct Workshop {
    folder: TempDir,
}

impl Workshop {
    /// Installs them.
    pub async fn open() -> Self {
        let folder = tempfile::Builder::new().prefix("clients").tempdir().unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vendors/outside");
        for file in std::fs::read_dir(sources).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        let workshop = Self { folder };
        workshop.run("npm", &["ci", "--no-audit", "--no-fund"], INSTALLATION).await;
        workshop.run("python3", &["-m", "venv", "venv"], INSTALLATION).await;
        let pip = workshop.path("venv/bin/pip");
        let install =
            ["install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"];
        workshop.run(pip.to_str().unwrap(), &install, INSTALLATION).await;
        workshop
    }

    /// Writes the root to trust from now on, and says where it is.
    pub fn keep_root(&self, authority: &Authority) -> PathBuf {
        let path = self.path("root.pem");
        authority.write_pem(&path).unwrap();
        path
    }

    /// What a script of node's prints, told of a place.
    pub async fn node(&self, script: &str, place: &Value) -> Value {
        self.script("node", script, place).await
    }

    /// What a script of Python's prints, told of a place.
    pub async fn python(&self, script: &str, place: &Value) -> Value {
        let python = self.path("venv/bin/python");
        self.script(python.to_str().unwrap(), script, place).await
    }

    async fn script(&self, interpreter: &str, script: &str, place: &Value) -> Value {
        std::fs::write(self.path("place.json"), place.to_string()).unwrap();
        let printed = self.run(interpreter, &[script, "place.json"], RUN).await;
        serde_json::from_str(&printed)
            .unwrap_or_else(|error| panic!("{script}: {error}: {printed}"))
    }

    /// What a program prints; it must end well and in time.
    async fn run(&self, program: &str, arguments: &[&str], patience: Duration) -> String {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_PROXY", "localhost,127.0.0.1")
            .env("no_proxy", "localhost,127.0.0.1")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if patience == RUN {
            // For Python's requests.
            command.env("REQUESTS_CA_BUNDLE", self.path("root.pem"));
        }
        let output = timeout(patience, command.output())
            .await
            .unwrap_or_else(|_| panic!("{program} {arguments:?} does not end"))
            .unwrap_or_else(|error| panic!("{program} is needed for this: {error}"));
        let (out, err) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
        let out = String::from_utf8_lossy(out);
        assert!(output.status.success(), "{program} {arguments:?}:\n{out}\n{err}");
        out.into_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
