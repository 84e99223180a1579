//! `countersign ticket`.

use clap::Args;
use countersign::{app::StartError, config::Settings, flows::admin};
use countersign_protocol::ticket_link;
use qrcode::{QrCode, render::unicode};

use super::cli::{build, told};

/// Whose phone the ticket enrols.
#[derive(Args)]
pub struct Ticket {
    /// An admin token of the technician's msp.
    #[arg(long, env = "COUNTERSIGN_ADMIN_TOKEN", hide_env_values = true)]
    token: String,
    /// The technician's e-mail address or user name.
    #[arg(long)]
    technician: String,
}

impl Ticket {
    pub async fn run(self, settings: Settings) -> Result<(), StartError> {
        let url = settings.server.public_url.clone();
        let app = build(settings).await?;
        let ctx = &app.context;
        let caller = admin::authenticate(ctx, &self.token).await.map_err(told)?;
        let technician =
            admin::technicians::named(ctx, caller, &self.technician).await.map_err(told)?;
        let ticket = admin::tickets::make(ctx, caller, technician.id).await.map_err(told)?;
        let link = ticket_link::link(&url, &ticket.ticket);
        let code = QrCode::new(link.as_bytes()).map_err(|error| StartError(error.to_string()))?;
        println!("{}", code.render::<unicode::Dense1x2>().build());
        println!(
            "link     {link}\nticket   {}\nfor      {}\nuntil    {}",
            ticket.ticket, technician.email, ticket.expires_at
        );
        Ok(())
    }
}
