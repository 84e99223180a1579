use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;
use url::Url;

use super::port::{ATTEMPTS, free_port};
use super::process::Process;
use super::programs::redis_program;
use super::shared::servers_required;

/// A Redis server of one test, on a free port of 127.0.0.1, in a temporary folder, without
/// persistence unless asked for. Dropping it stops it and removes the folder.
#[derive(Debug)]
pub struct PrivateRedis {
    // Declared before `folder`: fields drop in order, and the server must be gone first.
    process: Option<Process>,
    program: PathBuf,
    port: u16,
    settings: Vec<(String, String)>,
    folder: TempDir,
}

impl PrivateRedis {
    /// A running server that keeps nothing over a [`kill`](Self::kill).
    ///
    /// # Panics
    /// When Redis isn't installed or doesn't start; with its log.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A running server, or none (and a line that says so) where Redis isn't installed and
    /// neither `CI` nor `COUNTERSIGN_TEST_REQUIRE_SERVERS` asks for it.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_or_skip() -> Option<Self> {
        if redis_program().is_none() && !servers_required() {
            eprintln!("skipped: Redis is not installed (tests/run installs it)");
            return None;
        }
        Some(Self::start())
    }

    /// A running server with further settings as in `redis.conf`, such as
    /// `("appendonly", "yes")`; they are kept over a [`restart`](Self::restart).
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with(settings: &[(&str, &str)]) -> Self {
        let program =
            redis_program().expect("no redis-server in PATH or Homebrew's folders: run tests/run");
        let folder =
            tempfile::Builder::new().prefix("redis").tempdir().expect("a temporary folder");
        let settings =
            settings.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        let mut server = Self { process: None, program, port: 0, settings, folder };
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            server.port = free_port();
            match server.run() {
                Ok(()) => return server,
                Err(reason) => last = reason,
            }
        }
        panic!("Redis {last}");
    }

    /// The server's URL.
    #[must_use]
    pub fn url(&self) -> Url {
        Url::parse(&format!("redis://127.0.0.1:{}/", self.port)).expect("a URL of numbers")
    }

    /// Kills the server with SIGKILL: what it had not written is lost.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop(Signal::KILL);
        }
    }

    /// Starts the server again on the same port and folder, after killing it if it runs.
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
        panic!("Redis {last}");
    }

    /// Freezes the server (SIGSTOP): connections stay open and nothing answers, which is how a
    /// lost network looks.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets a paused server go on (SIGCONT).
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        self.process.as_ref().expect("a killed server is restarted first").signal(signal);
    }

    fn run(&mut self) -> Result<(), String> {
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path());
        let port = self.port.to_string();
        let own = [
            ("bind", "127.0.0.1"),
            ("port", &port),
            ("save", ""),
            ("appendonly", "no"),
            ("dir", "."),
        ];
        let asked = self.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        // The last of two settings of one name holds.
        for (key, value) in own.into_iter().chain(asked) {
            command.arg(format!("--{key}")).arg(value);
        }
        command.arg("--pidfile").arg(self.folder.path().join("redis.pid"));
        let mut process = Process::spawn(command, &self.folder.path().join("log"))
            .map_err(|error| format!("does not run: {error}"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        process.wait_until(|| answers(address))?;
        self.process = Some(process);
        Ok(())
    }
}

/// Whether PING is answered by PONG, and not by `-LOADING`.
fn answers(address: SocketAddr) -> bool {
    let patience = Duration::from_secs(1);
    let asked = TcpStream::connect_timeout(&address, patience).and_then(|mut stream| {
        stream.set_read_timeout(Some(patience))?;
        stream.write_all(b"PING\r\n")?;
        let mut reply = [0; 7];
        stream.read_exact(&mut reply)?;
        Ok(reply)
    });
    asked.is_ok_and(|reply| &reply == b"+PONG\r\n")
}
