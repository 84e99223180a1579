//! `countersign bootstrap`.

use clap::Args;
use countersign::{app::StartError, config::Settings, flows::admin};

use super::cli::{build, told};

/// What a new msp is called.
#[derive(Args)]
pub struct Bootstrap {
    /// The provider's name, as phones show it.
    #[arg(long)]
    msp: String,
    /// What account names on workstations begin with.
    #[arg(long, default_value = "msp-")]
    account_prefix: String,
    /// What the admin token is called.
    #[arg(long, default_value = "bootstrap")]
    token_name: String,
}

impl Bootstrap {
    pub async fn run(self, settings: Settings) -> Result<(), StartError> {
        let app = build(settings).await?;
        let made =
            admin::bootstrap(&app.context, &self.msp, &self.account_prefix, &self.token_name);
        let (msp, secret) = made.await.map_err(told)?;
        println!("msp    {msp}\ntoken  {}", secret.reveal().as_str());
        eprintln!("The token is shown this once: keep it where your admins' secrets are kept.");
        Ok(())
    }
}
