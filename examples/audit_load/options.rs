//! What can be asked for.

use clap::Parser;
use url::Url;

/// Measures the audit path.
#[derive(Parser)]
pub struct Options {
    /// How many events each round brings into the log.
    #[arg(long, default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(1_000..=5_000_000))]
    pub events: u32,
    /// How many rounds there are; each measures plain rows and the path.
    #[arg(long, default_value_t = 3)]
    pub rounds: u32,
    /// Msps whose logs are filled at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub msps: u32,
    /// Streams; each has a flusher. Plain rows are written by as many connections.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=16))]
    pub shards: u16,
    /// Events of a batch.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub batch: u32,
    /// Events a second, where it is measured how soon they can be read.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub rate: u32,
    /// For how long.
    #[arg(long, default_value_t = 20)]
    pub seconds: u32,
    /// Make a log of this many events and look for some of them; 0 for none.
    #[arg(long, default_value_t = 0)]
    pub long_log: u64,
    /// How often each page is asked for.
    #[arg(long, default_value_t = 300)]
    pub pages: u32,
    /// The superuser's URL of a PostgreSQL to make a database on, instead of a private one.
    #[arg(long, requires = "redis")]
    pub postgres: Option<Url>,
    /// A Redis, instead of a private one.
    #[arg(long, requires = "postgres")]
    pub redis: Option<Url>,
    /// Print the figures as JSON.
    #[arg(long)]
    pub json: bool,
}
