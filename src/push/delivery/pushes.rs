//! What the rest of the service asks of the pushes. Alerts and withdrawals are not among it: they follow from what
//! was committed.

use std::time::Duration;

use async_trait::async_trait;
use countersign_protocol::{DeviceId, LoginId, MspId, TenantId};

use crate::push::Trouble;

/// A phone that has shown that it knows of a login.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Whose login.
    pub msp: MspId,
    /// At which tenant.
    pub tenant: TenantId,
    /// The login.
    pub login: LoginId,
    /// The phone.
    pub device: DeviceId,
    /// How long after the login was opened.
    pub after: Duration,
}

/// Tells phones. Every call but [`stop`](Self::stop) returns at once.
#[async_trait]
pub trait Pushes: Send + Sync {
    /// False where no channel is set up: phones then learn of logins by waiting on their list.
    fn are_sent(&self) -> bool;
    /// Tells the phones of this login once more, if they may be told.
    fn resend(&self, msp: MspId, login: LoginId);
    /// Takes note that a phone knows of a login.
    fn seen(&self, seen: Seen);
    /// Each channel's name, and what is wrong with its keys or settings.
    fn troubles(&self) -> Vec<(&'static str, Option<Trouble>)>;
    /// What browsers and apps subscribe with, where Web Push is set up.
    fn web_push_key(&self) -> Option<String>;
    /// Reads the channels' keys again.
    fn reload(&self);
    /// Tells and records what is on its way, for a few seconds at most. Called when nothing new is begun any more.
    async fn stop(&self);
}

/// For an installation without channels.
pub struct NoPushes;

#[async_trait]
impl Pushes for NoPushes {
    fn are_sent(&self) -> bool {
        false
    }

    fn resend(&self, _: MspId, _: LoginId) {}

    fn seen(&self, _: Seen) {}

    fn troubles(&self) -> Vec<(&'static str, Option<Trouble>)> {
        Vec::new()
    }

    fn web_push_key(&self) -> Option<String> {
        None
    }

    fn reload(&self) {}

    async fn stop(&self) {}
}
