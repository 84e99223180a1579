//! A redis-server of the test's own, on a free port and in a temporary folder.

use std::{
    env,
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

pub struct PrivateRedis {
    port: u16,
    folder: TempDir,
    process: Option<Child>,
}

impl PrivateRedis {
    /// A running server that keeps nothing over a restart; `None`, with a printed line, where there
    /// is no redis-server and nobody insists on it.
    pub fn start() -> Option<Self> {
        let installed =
            Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
        if installed.is_err() {
            let required = ["COUNTERSIGN_TEST_REQUIRE_SERVERS", "CI"];
            assert!(required.iter().all(|name| env::var_os(name).is_none()), "no redis-server");
            println!("skipped: there is no redis-server");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { port, folder: TempDir::new().unwrap(), process: None };
        server.restart();
        Some(server)
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts the server again, empty; it listens a moment later.
    pub fn restart(&mut self) {
        self.kill();
        let process = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .arg("--dir")
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        self.process = Some(process);
    }

    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Stops the server's process, which keeps its connections and answers nothing.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let process = self.process.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        self.kill();
    }
}
