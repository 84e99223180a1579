//! The service that is asked, over HTTP, and what of its log.

use std::io::Write;

use clap::Args;
use countersign::{app::StartError, auth::AdminSecret, config::Settings};
use countersign_client::{Admin, Error, Transport};
use countersign_protocol::{Instant, MspId, wire::audit::AuditQuery};
use url::Url;
use uuid::Uuid;

/// Which service, and by whose token.
#[derive(Args)]
pub(super) struct Service {
    /// An admin's or auditor's token of the msp.
    #[arg(long, env = "COUNTERSIGN_ADMIN_TOKEN", hide_env_values = true)]
    token: String,
    /// Where the service is; server.public_url unless said.
    #[arg(long)]
    url: Option<Url>,
}

/// Which events.
#[derive(Args)]
pub(super) struct Events {
    /// The tenant's id.
    #[arg(long)]
    tenant: Option<Uuid>,
    /// The technician's id.
    #[arg(long)]
    technician: Option<Uuid>,
    /// The workstation's id.
    #[arg(long)]
    workstation: Option<Uuid>,
    /// The local account.
    #[arg(long)]
    account: Option<String>,
    /// The facts' words, with commas between.
    #[arg(long, value_delimiter = ',')]
    kind: Vec<String>,
    /// How it went.
    #[arg(long)]
    outcome: Option<String>,
    /// Words of the sentence.
    #[arg(long)]
    text: Option<String>,
}

impl Service {
    pub(super) fn admin(&self, settings: &Settings) -> Result<Admin, StartError> {
        let url = self.url.clone().unwrap_or_else(|| settings.server.public_url.clone());
        let transport = Transport::new(url).map_err(|error| told(&error))?;
        Ok(Admin::new(transport, &self.token))
    }

    /// The msp that the token names.
    pub(super) fn msp(&self) -> Result<MspId, StartError> {
        let secret = self.token.parse::<AdminSecret>();
        Ok(secret.map_err(|_| StartError("--token: this is no admin's token".into()))?.msp())
    }
}

impl Events {
    pub(super) fn query(self, since: Option<Instant>, before: Option<Instant>) -> AuditQuery {
        AuditQuery {
            tenant: self.tenant.map(Into::into),
            technician: self.technician.map(Into::into),
            workstation: self.workstation.map(Into::into),
            account: self.account,
            kinds: self.kind,
            outcome: self.outcome,
            recorded_after: since,
            recorded_before: before,
            text: self.text,
        }
    }
}

/// A call's failure as the operator reads it, with its cause.
pub(super) fn told(error: &Error) -> StartError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    StartError(text)
}

/// Writes, and says so where whoever reads has gone away.
pub(super) fn write(out: &mut dyn Write, bytes: &[u8]) -> Result<(), StartError> {
    out.write_all(bytes).map_err(|error| StartError(format!("the output: {error}")))
}
