//! What can be asked for.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use url::Url;

/// Measures whole logins against a running service, which `--start` starts as well.
///
/// The service's caps on logins would stop any load: start it with the environment that `--settings` prints.
/// A name may open one login a second at most, so there should be as many phones as logins a second.
#[derive(Parser)]
pub struct Options {
    /// Print the service's settings for a load test, as environment variables, and end.
    #[arg(long)]
    pub settings: bool,
    /// The service's public URL.
    #[arg(long)]
    pub url: Option<Url>,
    /// An admin's token; it makes tenants, technicians, phones and workstations of its own.
    #[arg(long, env = "COUNTERSIGN_ADMIN_TOKEN", hide_env_values = true)]
    pub admin_token: Option<String>,
    /// Start the service on a temporary folder, with private servers for `postgres` (and Redis).
    #[arg(long, conflicts_with_all = ["url", "metrics_url", "pid"])]
    pub start: Option<Start>,
    /// The program to start: by default the one built with this tool's profile.
    #[arg(long, requires = "start")]
    pub service: Option<PathBuf>,
    /// Push logins to the phones over FCM, to a vendor on loopback, in this process.
    #[arg(long, requires = "start")]
    pub push: bool,
    /// Workstations that open logins.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub workstations: u32,
    /// Phones that approve, each of a technician of its own.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub phones: u32,
    /// Desktops that wait for logins which nobody decides.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=18_000))]
    pub parked: u32,
    /// How many cycles to measure.
    #[arg(long, conflicts_with = "seconds")]
    pub cycles: Option<u64>,
    /// For how long to measure; 20 unless `--cycles` is given.
    #[arg(long)]
    pub seconds: Option<f64>,
    /// Closed loop: how many cycles go on at once.
    #[arg(long, default_value_t = 16, conflicts_with = "rate")]
    pub concurrency: u32,
    /// Open loop: how many cycles begin each second, whatever became of the ones before. Latencies count from
    /// the intended beginning.
    #[arg(long)]
    pub rate: Option<f64>,
    /// Cycles before the measuring begins; by default one a workstation.
    #[arg(long)]
    pub warm_up: Option<u64>,
    /// Phones look at their list, and not at the login that a push names.
    #[arg(long)]
    pub list: bool,
    /// The service's metrics, for statements, round trips, commits and requests a cycle.
    #[arg(long)]
    pub metrics_url: Option<Url>,
    /// The service's process on this machine, for memory and CPU.
    #[arg(long)]
    pub pid: Option<u32>,
    /// Print the figures as JSON.
    #[arg(long)]
    pub json: bool,
}

/// On what to start the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Start {
    /// PostgreSQL and Redis.
    Postgres,
    /// The embedded default.
    Sqlite,
}

/// When to stop beginning cycles.
#[derive(Clone, Copy, Debug)]
pub enum Extent {
    /// After this many.
    Cycles(u64),
    /// After this many seconds.
    Seconds(f64),
}

impl Options {
    /// When to stop.
    pub fn extent(&self) -> Extent {
        match self.cycles {
            Some(cycles) => Extent::Cycles(cycles),
            None => Extent::Seconds(self.seconds.unwrap_or(20.0)),
        }
    }
}
