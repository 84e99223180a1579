//! `countersign keys`.

use clap::{Subcommand, ValueEnum};
use countersign::{app::StartError, auth::Purpose, config::Settings, flows::keys};

use super::{
    cli::{build, told},
    master_key::{Master, reseal},
};

/// What can be done with keys.
#[derive(Subcommand)]
pub enum Keys {
    /// Make a new signing key; the old one still verifies for 20 minutes after the new one has begun to sign.
    Rotate {
        /// Which key.
        #[arg(value_enum)]
        purpose: Rotatable,
    },
    /// Make a master key file, readable by its owner alone, or rotate the key in one.
    Master(Master),
    /// Seal every secret of the database under the master key's current key, while the service runs.
    Reseal,
}

/// The keys that can be rotated by themselves.
#[derive(Clone, Copy, ValueEnum)]
pub enum Rotatable {
    /// Signs grants.
    Grant,
    /// Signs access tokens.
    AccessToken,
}

impl Keys {
    pub async fn run(self, settings: Settings) -> Result<(), StartError> {
        match self {
            Self::Rotate { purpose } => {
                let purpose = match purpose {
                    Rotatable::Grant => Purpose::Grant,
                    Rotatable::AccessToken => Purpose::AccessToken,
                };
                let app = build(settings).await?;
                let ctx = &app.context;
                let rotated = keys::rotate(&ctx.store, &ctx.keys, &*ctx.random, purpose, ctx.now());
                let rotated = rotated.await.map_err(told)?;
                println!(
                    "key {} signs from {}; the older ones verify until {}",
                    rotated.kid, rotated.signs_from, rotated.old_retire_at
                );
                Ok(())
            }
            Self::Master(master) => master.run(&settings).await,
            Self::Reseal => reseal(&settings).await,
        }
    }
}
