//! The commands and their options.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use countersign::{
    ambient::{Clock, Random, SteadyClock, SystemRandom},
    app::{App, StartError},
    config::Settings,
    domain::Failure,
};

use super::{audit, bootstrap, keys, migrate, openapi, push, serve, ticket};

/// Technicians sign in to customers' workstations by approving on their phones.
#[derive(Parser)]
#[command(name = "countersign", version)]
pub struct Cli {
    /// A settings file (TOML); what it leaves out keeps its default. Every setting can also be given as
    /// `COUNTERSIGN__SECTION__KEY` in the environment.
    #[arg(long, global = true, env = "COUNTERSIGN_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, for the life of the process")]
enum Command {
    /// Serve phones, workstations and admins.
    Serve,
    /// Bring the database to the newest schema.
    Migrate,
    /// Make an msp and its first admin token.
    Bootstrap(bootstrap::Bootstrap),
    /// Make a ticket that enrols a technician's phone, and draw it as a QR code.
    Ticket(ticket::Ticket),
    /// The signing keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// The pushes to phones.
    #[command(subcommand)]
    Push(push::Push),
    /// The audit log.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Print the OpenAPI contract.
    Openapi,
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// With what to change.
    pub async fn run(self) -> Result<ExitCode, StartError> {
        if let Command::Openapi = self.command {
            return openapi::print().map(|()| ExitCode::SUCCESS);
        }
        let settings = Settings::load(self.config.as_deref())
            .map_err(|error| StartError(error.to_string()))?;
        if let Command::Audit(audit) = self.command {
            return audit.run(settings).await;
        }
        let done = match self.command {
            Command::Serve => serve::serve(settings).await,
            Command::Migrate => migrate::migrate(&settings).await,
            Command::Bootstrap(bootstrap) => bootstrap.run(settings).await,
            Command::Ticket(ticket) => ticket.run(settings).await,
            Command::Keys(keys) => keys.run(settings).await,
            Command::Push(push) => push.run(settings).await,
            Command::Audit(_) | Command::Openapi => Ok(()),
        };
        done.map(|()| ExitCode::SUCCESS)
    }
}

/// The service's parts with the system's clock and randomness.
pub async fn build(settings: Settings) -> Result<App, StartError> {
    let clock: Arc<dyn Clock> = Arc::new(SteadyClock::start());
    let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
    Box::pin(App::build(settings, clock, random)).await
}

/// A use case's failure as the operator reads it.
pub fn told(failure: Failure) -> StartError {
    match failure {
        Failure::Refused(refusal) => StartError(refusal.problem.to_string()),
        Failure::Unavailable(why) | Failure::Fault(why) => StartError(why),
    }
}
