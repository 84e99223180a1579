//! `countersign audit checkpoint`.

use clap::Args;
use countersign::{app::StartError, config::Settings};

use super::service::{Service, told};

/// Of whose log.
#[derive(Args)]
pub struct Checkpoint {
    #[command(flatten)]
    service: Service,
    /// Print the keys that check it instead, one a line.
    #[arg(long)]
    keys: bool,
}

impl Checkpoint {
    pub async fn run(self, settings: &Settings) -> Result<(), StartError> {
        let (admin, msp) = (self.service.admin(settings)?, self.service.msp()?);
        if self.keys {
            let keys = admin.audit_keys(msp).await.map_err(|error| told(&error))?;
            for origin in keys.origins {
                println!("{}", origin.vkey);
            }
            return Ok(());
        }
        print!("{}", admin.audit_checkpoint(msp).await.map_err(|error| told(&error))?);
        Ok(())
    }
}
