//! A temporary folder in which the program runs, and the program serving there.

use std::{
    io::{BufRead, BufReader, PipeReader, Read, pipe},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{ExitStatus, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::timeout,
};

/// Far longer than anything here takes, so that a test of something that doesn't come ends.
const AT_MOST: Duration = Duration::from_secs(30);

/// A port that was free a moment ago can be somebody else's by now; then another one is tried.
const PORTS: usize = 5;

/// The folder that an operator works in, and the settings in its environment.
pub struct Installation {
    folder: TempDir,
    settings: Vec<(String, String)>,
}

/// What a command said and how it ended.
pub struct Said {
    pub success: bool,
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Installation {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), settings: Vec::new() }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Every command from now on has this setting in its environment.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.settings.push((key.to_owned(), value.into()));
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, &[]).await
    }

    /// The same with these settings, which come before those of the installation.
    pub async fn run_with(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Said {
        let mut command = self.command(arguments);
        command.envs(settings.iter().copied());
        let output = timeout(AT_MOST, command.output()).await.expect("a command ends").unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Said { success: output.status.success(), code: output.status.code(), stdout, stderr }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        // Whoever runs the tests may have settings of their own in the environment. The public URL is kept
        // beside the folder's other files, since every command of an installation must know it.
        command.args(arguments).current_dir(self.folder()).env_clear().kill_on_drop(true);
        if let Ok(url) = std::fs::read_to_string(self.folder().join("public_url")) {
            command.env("COUNTERSIGN__SERVER__PUBLIC_URL", url);
        }
        command.envs(self.settings.iter().map(|(key, value)| (key, value)));
        command.stdin(Stdio::null());
        command
    }
}

/// The program while it serves; dropped, it is killed.
pub struct Serving {
    /// Where it serves.
    pub url: String,
    /// What it printed before it said nothing more.
    pub first_screen: String,
    child: Child,
}

impl Serving {
    /// Serves on a free port, and returns once the program says that it is ready.
    pub fn start(installation: &Installation) -> Self {
        for _ in 0..PORTS {
            match Self::on(installation, free_port()) {
                Ok(serving) => return serving,
                Err(log) if log.contains("server.listen") => {}
                Err(log) => panic!("serve ended:\n{log}"),
            }
        }
        panic!("no port stays free");
    }

    /// Serves on this port; the log of a program that ended instead.
    pub fn on(installation: &Installation, port: u16) -> Result<Self, String> {
        let url = format!("http://localhost:{port}");
        std::fs::write(installation.folder().join("public_url"), &url).unwrap();
        let (screen, stdout) = pipe().unwrap();
        let (mut log, stderr) = pipe().unwrap();
        let mut command = installation.command(&["serve"]);
        command.env("COUNTERSIGN__SERVER__LISTEN", format!("127.0.0.1:{port}"));
        // Its default is one port for everyone who tests on this machine.
        command.env("COUNTERSIGN__SERVER__METRICS_LISTEN", "");
        let child = command.stdout(stdout).stderr(stderr).spawn().unwrap();
        // The command holds the writing ends too: without them the pipes end with the program.
        drop(command);
        let logged = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = log.read_to_string(&mut text);
            text
        });
        match first_screen(screen) {
            Some(first_screen) => Ok(Self { url, first_screen, child }),
            None => Err(logged.join().unwrap()),
        }
    }

    /// What the service answers at `path`.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("{}{path}", self.url)).send();
        timeout(AT_MOST, answer).await.expect("an answer comes").unwrap()
    }

    /// Sends it a signal: `HUP`, `TERM`.
    pub async fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id().expect("it runs"));
        let killed = Command::new("sh").args(["-c", &kill]).status().await.unwrap();
        assert!(killed.success(), "{kill}");
    }

    /// Kills it, wherever it is.
    #[allow(dead_code, reason = "the stories that share this file kill it")]
    pub async fn killed(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to stop, as a supervisor does, and waits until it is gone.
    pub async fn terminated(mut self) -> ExitStatus {
        self.signal("TERM").await;
        timeout(AT_MOST, self.child.wait()).await.expect("it stops when asked").unwrap()
    }
}

/// The lines up to the last hint; `None` if the program ended before.
fn first_screen(screen: PipeReader) -> Option<String> {
    let (line, lines) = mpsc::channel();
    // Reads on until the program ends, so that it never waits for a reader.
    std::thread::spawn(move || {
        for read in BufReader::new(screen).lines().map_while(Result::ok) {
            let _ = line.send(read);
        }
    });
    let mut said = String::new();
    loop {
        match lines.recv_timeout(AT_MOST) {
            Ok(line) => {
                said.push_str(&line);
                said.push('\n');
                if line.contains("countersign openapi") {
                    return Some(said);
                }
            }
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => panic!("no first screen, only:\n{said}"),
        }
    }
}

/// A port that nobody has at the moment.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Who may do what with a file.
pub fn mode(path: &Path) -> u32 {
    let metadata = std::fs::metadata(path);
    metadata.unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o777
}

/// The word that stands behind `label` at the beginning of a line.
pub fn word_after(label: &str, text: &str) -> String {
    let mut lines = text.lines().map(str::split_whitespace);
    let words = lines.find_map(|mut words| (words.next() == Some(label)).then(|| words.next()));
    words.flatten().unwrap_or_else(|| panic!("no {label}: {text}")).to_owned()
}
