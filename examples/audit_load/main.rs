//! How fast events get into the audit log, how soon they can be read there, and how fast they are found again.
//!
//! The service's own parts on PostgreSQL and Redis (private and durable ones, or given): events that stand in the
//! outbox go by the stream, the flushers and one transaction a batch into leaves, tree and bodies. Beside it, in the
//! same run, what PostgreSQL does with plain rows; and the first pages of filtered queries over a long log.
//!
//!     cargo run --release --example audit_load
//!     cargo run --release --example audit_load -- --long-log 10000000
#![allow(clippy::print_stdout, reason = "a command line speaks to its terminal")]

#[path = "../load/disk.rs"]
mod disk;
mod events;
mod options;
mod pages;
mod path;
mod plain;
#[path = "../load/process.rs"]
#[allow(dead_code, reason = "the other load tool asks for more")]
mod process;
mod report;
mod servers;
mod soon;

use std::process::ExitCode;

use clap::Parser;

use self::{options::Options, report::Report, servers::Servers};

/// Why there are no figures.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let options = Options::parse();
    // Before anything speaks TLS; a second call would change nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = runtime
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(Box::pin(measure(&options))));
    match done {
        Ok(report) => {
            if options.json {
                println!("{:#}", report.json());
            } else {
                print!("{}", report.table());
            }
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("audit_load: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(options: &Options) -> Result<Report, Failure> {
    let servers = Servers::start(options).await?;
    let mut report = Report::default();
    report.syncs.push(servers.syncs().await);
    for _ in 0..options.rounds {
        say("plain rows");
        report.plain.push(plain::unnest(&servers, options).await?);
        report.copied.push(plain::copied(&servers, options).await?);
        say("the path");
        report.path.push(path::measure(&servers, options).await?);
    }
    say("how soon");
    report.soon = Some(soon::measure(&servers, options).await?);
    report.syncs.push(servers.syncs().await);
    if options.long_log > 0 {
        say(&format!("a log of {} events", options.long_log));
        report.pages = pages::measure(&servers, options).await?;
    }
    Ok(report)
}

/// What goes on, beside the figures.
pub fn say(what: &str) {
    eprintln!("audit_load: {what}");
}
