//! How fast a change of a tenant reaches all of its workstations, which wait for their state documents.
//!
//! The service is the release build on a temporary folder, with private servers, as the other load tool starts it;
//! the workstations have real keys, a connection each, and share the machine with the service:
//!
//!     cargo build --release && cargo run --release --example state_load -- --workstations 5000
#![allow(clippy::print_stdout, reason = "a command line speaks to its terminal")]

#[path = "../load/connections.rs"]
mod connections;
#[path = "../load/counters.rs"]
#[allow(dead_code, reason = "the other load tool asks for more")]
mod counters;
#[path = "../load/disk.rs"]
mod disk;
#[path = "../load/fleet.rs"]
#[allow(dead_code, reason = "the other load tool asks for more")]
mod fleet;
mod options;
#[path = "../load/process.rs"]
#[allow(dead_code, reason = "the other load tool asks for more")]
mod process;
#[path = "../load/pushes.rs"]
#[allow(dead_code, reason = "the other load tool asks for more")]
mod pushes;
mod run;
#[path = "../load/start.rs"]
#[allow(dead_code, reason = "the other load tool asks for more")]
mod start;
mod waiting;

use std::process::ExitCode;

use clap::Parser;

use self::options::Options;

/// Why there are no figures.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let options = Options::parse();
    // Before anything speaks TLS; a second call would change nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let measured = runtime.map_err(Failure::from).and_then(|runtime| {
        runtime.block_on(async {
            tokio::select! {
                measured = Box::pin(run::measure(&options)) => measured,
                _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
            }
        })
    });
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("state_load: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// What goes on, beside the figures.
pub fn say(what: &str) {
    eprintln!("state_load: {what}");
}
