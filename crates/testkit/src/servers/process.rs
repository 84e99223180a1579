use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

const POLL: Duration = Duration::from_millis(10);
/// 60 seconds: recovery after a kill on a busy machine takes a few.
const START_POLLS: u32 = 6_000;
/// 10 seconds, after which a server that doesn't stop is killed.
const STOP_POLLS: u32 = 1_000;

/// A running server program; dropping it kills it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Runs `command` with its output appended to `log`.
    pub(super) fn spawn(mut command: Command, log: &Path) -> io::Result<Self> {
        let output = File::options().create(true).append(true).open(log)?;
        let child =
            command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn()?;
        Ok(Self { child, log: log.to_owned() })
    }

    /// The process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns when `ready` says so.
    ///
    /// # Errors
    /// What the server logged, when it exits instead or takes longer than 60 seconds.
    pub(super) fn wait_until(&mut self, ready: impl Fn() -> bool) -> Result<(), String> {
        for _ in 0..START_POLLS {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("exited with {status}:\n{}", self.logged()));
            }
            if ready() {
                return Ok(());
            }
            thread::sleep(POLL);
        }
        Err(format!("is not ready after a minute:\n{}", self.logged()))
    }

    /// Sends a signal; a process that is gone already is no error.
    pub(super) fn signal(&self, signal: Signal) {
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    /// Sends `signal` and returns when the process is gone, if need be by SIGKILL.
    pub(super) fn stop(mut self, signal: Signal) {
        self.signal(signal);
        for _ in 0..STOP_POLLS {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(POLL);
        }
    }

    fn logged(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both do nothing when the process was waited for already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
