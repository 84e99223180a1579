//! The command line.

mod command;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Before anything speaks TLS; a second call would be a programming error, and changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("countersign: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(command::Cli::parse().run()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("countersign: {error}");
            ExitCode::FAILURE
        }
    }
}
