//! Where a login stands, as the state machine sees it.

use countersign_protocol::{
    DeviceId, Entry, GrantId, Instant,
    wire::{LoginState, desktop::Outcome},
};
use diesel::prelude::*;

use crate::{
    domain::login::{Approved, Ended, Login, Pending},
    store::schema::logins,
};

/// The columns that the state machine reads.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = logins)]
pub struct Standing {
    /// Where it stands.
    pub state: LoginState,
    /// By what it ended.
    pub outcome: Option<Outcome>,
    /// How it was entered.
    pub entry: Entry,
    /// The phone that claimed or decided it.
    pub device: Option<DeviceId>,
    /// Wrong QR secrets so far.
    pub wrong_claims: i32,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// Until when the grant can be taken.
    pub take_until: Option<Instant>,
    /// The grant that was handed over.
    pub grant_id: Option<GrantId>,
}

impl Standing {
    /// The state machine's view.
    #[must_use]
    pub fn login(&self) -> Login {
        match (self.state, self.take_until) {
            (LoginState::Pending, _) => Login::Pending(Pending {
                entry: self.entry,
                claimed: self.entry == Entry::Push || self.device.is_some(),
                wrong_claims: u32::try_from(self.wrong_claims).unwrap_or(u32::MAX),
                opened_at: self.opened_at,
                expires_at: self.expires_at,
            }),
            (LoginState::Approved, Some(take_until)) => {
                Login::Approved(Approved { take_until, granted: self.grant_id.is_some() })
            }
            (state, _) => Login::Ended(Ended { state, outcome: self.outcome }),
        }
    }
}
