//! `countersign audit tail`.

use std::io::{Write, stdout};

use clap::Args;
use countersign::{app::StartError, config::Settings};
use countersign_client::{Admin, Backoff, Error};
use countersign_protocol::wire::audit::{AuditEntry, AuditQuery};

use super::service::{Events, Service, told, write};

/// What is followed.
#[derive(Args)]
pub struct Tail {
    #[command(flatten)]
    service: Service,
    #[command(flatten)]
    events: Events,
    /// Begin at this position; behind the log's present end unless said.
    #[arg(long)]
    from: Option<u64>,
    /// Print each event as JSON instead of its sentence.
    #[arg(long)]
    json: bool,
    /// End after this many events; never unless said.
    #[arg(long)]
    count: Option<u64>,
}

impl Tail {
    pub async fn run(self, settings: &Settings) -> Result<(), StartError> {
        let admin = self.service.admin(settings)?;
        let query = self.events.query(None, None);
        let mut follower = Follower { admin, query, from: self.from, after: None, json: self.json };
        let mut left = self.count.unwrap_or(u64::MAX);
        let mut backoff = Backoff::default();
        // What the service ends, and what breaks off, is gone on with behind the last event that was heard.
        loop {
            let before = left;
            let ended = follower.follow(&mut left).await;
            if left == 0 {
                return Ok(());
            }
            if left < before {
                backoff = Backoff::default();
            }
            let asked = match ended {
                Ok(()) => None,
                Err(Stop::Heard(error)) if error.is_transient() || error.status() == Some(429) => {
                    error.retry_after()
                }
                Err(Stop::Heard(error)) => return Err(told(&error)),
                Err(Stop::Unwritten(error)) => return Err(error),
            };
            tokio::time::sleep(backoff.next(asked)).await;
        }
    }
}

struct Follower {
    admin: Admin,
    query: AuditQuery,
    from: Option<u64>,
    after: Option<u64>,
    json: bool,
}

/// Why following ended.
enum Stop {
    Heard(Error),
    Unwritten(StartError),
}

impl Follower {
    async fn follow(&mut self, left: &mut u64) -> Result<(), Stop> {
        let tail = match (self.after, self.from) {
            (None, Some(from)) => self.admin.follow_audit_from(&self.query, from).await,
            (after, _) => self.admin.follow_audit(&self.query, after).await,
        };
        let mut tail = tail.map_err(Stop::Heard)?;
        while *left > 0 {
            let heard = tail.heard().await;
            let Some(heard) = heard.map_err(Stop::Heard)? else { break };
            if let Some(entry) = heard {
                self.print(&entry).map_err(Stop::Unwritten)?;
                *left -= 1;
            }
            self.after = tail.position().or(self.after);
        }
        Ok(())
    }

    fn print(&self, entry: &AuditEntry) -> Result<(), StartError> {
        let line = if self.json {
            // A line break between JSON's tokens is a space.
            let json = serde_json::to_string(entry);
            let json = json.map_err(|error| StartError(error.to_string()))?;
            json.replace(['\r', '\n'], " ")
        } else {
            format!("{:>8}  {}  {}", entry.position, entry.recorded_at, entry.sentence)
        };
        write(&mut stdout(), format!("{line}\n").as_bytes())?;
        stdout().flush().map_err(|error| StartError(format!("the output: {error}")))
    }
}
