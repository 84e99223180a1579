//! A load tool against a running service: workstations and phones with real keys, whole logins.
//!
//! One cycle is one login: a workstation opens it by a technician's name and waits, the phone reads it, asks
//! for the options, signs and approves with the code, the workstation's wait answers, and it takes and checks
//! its grant. With `--start` the tool starts service and servers itself:
//!
//!     cargo build --release && cargo run --release --example load -- --start postgres --seconds 20
#![allow(clippy::print_stdout, reason = "a command line speaks to its terminal")]

mod connections;
mod counters;
mod cycle;
mod disk;
mod figures;
mod fleet;
mod options;
mod pace;
mod parked;
mod pool;
mod process;
mod pushes;
mod report;
mod run;
mod start;

use std::process::ExitCode;

use clap::Parser;

use self::options::Options;

/// Why there are no figures.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let options = Options::parse();
    if options.settings {
        println!("{}", start::SETTINGS.map(|(key, value)| format!("{key}={value}")).join("\n"));
        return ExitCode::SUCCESS;
    }
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
        Ok(report) => {
            if options.json {
                println!("{:#}", report.json());
            } else {
                print!("{}", report.table());
            }
            if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(failure) => {
            eprintln!("load: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// What goes on, beside the figures.
pub fn say(what: &str) {
    eprintln!("load: {what}");
}
