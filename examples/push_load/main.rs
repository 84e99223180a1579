//! How many pushes a second each channel sends, against the loopback vendors in a process beside it.
//!
//! The channels are the service's own, over TLS and HTTP/2; the vendors check every token, header and payload,
//! and Web Push's decrypts what it gets. Each channel is measured by itself, in a closed loop:
//!
//!     cargo run --release --example push_load -- --seconds 10
#![allow(clippy::print_stdout, reason = "a command line speaks to its terminal")]

mod options;
#[path = "../load/process.rs"]
#[allow(dead_code, reason = "the other load tool asks for more")]
mod process;
mod report;
mod run;
mod sender;
mod vendors;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use self::options::Options;

/// Why there are no figures.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let options = Options::parse();
    log();
    // Before anything speaks TLS; a second call would change nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = runtime.map_err(Failure::from).and_then(|runtime| {
        runtime.block_on(async {
            if options.vendors {
                return vendors::serve(options.devices).await.map(|()| true);
            }
            let report = run::measure(&options).await?;
            if options.json {
                println!("{:#}", report.json());
            } else {
                print!("{}", report.table());
            }
            Ok(report.is_clean())
        })
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("push_load: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Quiet unless `RUST_LOG` asks to speak.
fn log() {
    if std::env::var_os("RUST_LOG").is_some() {
        let filter = EnvFilter::from_default_env();
        let subscriber = tracing_subscriber::fmt().with_env_filter(filter);
        let _ = subscriber.with_writer(std::io::stderr).try_init();
    }
}
