//! `countersign push`.

use clap::Subcommand;
use countersign::{
    app::StartError,
    config::Settings,
    domain::facts::push_channel,
    flows::{admin, devices},
};
use countersign_protocol::DeviceId;
use uuid::Uuid;

use super::cli::{build, told};

/// What can be asked of pushes.
#[derive(Subcommand)]
pub enum Push {
    /// Send a test to a phone, and tell each step: keys, token, connection, the vendor's answer.
    Check {
        /// An admin token of the phone's msp.
        #[arg(long, env = "COUNTERSIGN_ADMIN_TOKEN", hide_env_values = true)]
        token: String,
        /// The phone's id, as `/admin/v1` lists it.
        #[arg(long)]
        device: Uuid,
    },
}

impl Push {
    pub async fn run(self, settings: Settings) -> Result<(), StartError> {
        let Self::Check { token, device } = self;
        let app = build(settings).await?;
        let ctx = &app.context;
        let caller = admin::authenticate(ctx, &token).await.map_err(told)?;
        let phone = devices::told_at(ctx, caller, DeviceId(device)).await.map_err(told)?;
        if let Some(trouble) = &phone.trouble {
            println!("note: the last vendor's word on this phone's address was {trouble}");
        }
        let Some(push) = phone.push else {
            return Err(StartError(
                "this phone has no push address: it sets one when it is opened".into(),
            ));
        };
        let name = push_channel(&push);
        let Some(channel) = app.channels.iter().find(|channel| channel.name() == name) else {
            return Err(StartError(format!(
                "the phone is told by {name}, and that channel is not set up: see [push.{name}] in the settings"
            )));
        };
        let mut works = true;
        for (step, came_of_it) in channel.check(&push, ctx.now()).await {
            let (mark, words) = match &came_of_it {
                Ok(words) => ("ok    ", words),
                Err(words) => ("FAILED", words),
            };
            println!("{mark} {step:<11} {words}");
            works &= came_of_it.is_ok();
        }
        if works { Ok(()) } else { Err(StartError(format!("{name} did not take the test"))) }
    }
}
