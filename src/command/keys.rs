//! `countersign keys`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use countersign::{
    ambient::SystemRandom,
    app::StartError,
    auth::{KeyRing, Purpose},
    config::Settings,
    flows::keys,
};

use super::cli::{build, told};

/// What can be done with keys.
#[derive(Subcommand)]
pub enum Keys {
    /// Make a new signing key; the old one still verifies for 20 minutes after the new one has begun to sign.
    Rotate {
        /// Which key.
        #[arg(value_enum)]
        purpose: Rotatable,
    },
    /// Make a master key file, readable by its owner alone.
    Master {
        /// Where.
        file: PathBuf,
    },
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
            Self::Master { file } => {
                KeyRing::create(&file, &SystemRandom::new())
                    .map_err(|error| StartError(error.to_string()))?;
                println!(
                    "{} was made: name it in keys.master_key_file on every node",
                    file.display()
                );
                Ok(())
            }
        }
    }
}
