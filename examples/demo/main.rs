//! The whole story in one command: `cargo run --example demo`.
//!
//! A service on a temporary SQLite file and a free port, Apple's and Google's push services on loopback, an msp
//! with a tenant and two technicians, three workstations and three phones with software passkeys; then, over real
//! HTTP, logins that end well and logins that must not, and a machine without network. Prints who did what and how
//! long it took, then the record; exits non-zero, naming the step, if anything is not as told. `--keep` leaves it
//! running, with the commands to go on by hand.
#![allow(clippy::print_stdout, reason = "a demo speaks to its terminal")]
#![allow(clippy::large_futures, reason = "the story is told once, and lies on the heap as a whole")]

mod cast;
mod house;
mod kept;
mod leaving;
mod logins;
mod offline;
mod pushes;
mod record;
mod refusals;
mod shared;
mod timeline;
mod vendors;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use self::{cast::Cast, house::House, timeline::Timeline};

/// A technician's phone opens a customer's workstation, and what is refused on the way.
#[derive(Parser)]
struct Options {
    /// Leave the service and the vendors running afterwards, and print the commands to go on by hand.
    #[arg(long)]
    keep: bool,
}

/// What was not as told.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {why}")]
pub struct NotAsTold {
    step: String,
    why: String,
}

/// What a step of the story gives.
pub type Told<T = ()> = Result<T, NotAsTold>;

fn main() -> ExitCode {
    let options = Options::parse();
    let timeline = Timeline::begin();
    println!("Countersign: a phone approves, a workstation opens.");
    log();
    // Before anything speaks TLS; a second call would change nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("demo: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(Box::pin(tell(&timeline, options.keep))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            timeline.failed(&error);
            ExitCode::FAILURE
        }
    }
}

/// The service is quiet unless `RUST_LOG` asks it to speak.
fn log() {
    if std::env::var_os("RUST_LOG").is_some() {
        let filter = EnvFilter::from_default_env();
        let _ = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .try_init();
    }
}

async fn tell(timeline: &Timeline, keep: bool) -> Told {
    let (house, service) = House::start(timeline).await?;
    let story = async {
        let cast = Cast::assemble(timeline, &house).await?;
        logins::by_push(timeline, &house, &cast).await?;
        logins::by_qr_code(timeline, &cast).await?;
        refusals::wrong_code(timeline, &house, &cast).await?;
        refusals::fraud(timeline, &house, &cast).await?;
        offline::after_the_first_visit(timeline, &house, &cast).await?;
        let account = shared::switched(timeline, &house, &cast).await?;
        leaving::a_technician_leaves(timeline, &house, &cast, &account).await?;
        refusals::suspended(timeline, &cast).await?;
        pushes::no_more(timeline, &house)?;
        record::read_out(timeline, &house).await?;
        if keep {
            kept::how_to_go_on(&house, &cast);
            let _ = tokio::signal::ctrl_c().await;
        }
        Ok(())
    };
    let interrupted = async {
        let _ = tokio::signal::ctrl_c().await;
        if keep { Ok(()) } else { Err(timeline.not_as_told("interrupted")) }
    };
    service
        .serve_while(async {
            tokio::select! {
                told = Box::pin(story) => told,
                told = interrupted => told,
            }
        })
        .await
}
