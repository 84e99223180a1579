//! Who is asking, once that was proven.

use countersign_protocol::{
    AdminTokenId, DeviceId, Instant, TechnicianId, TenantId, WorkstationId,
};

use crate::{domain::Actor, store::Scope};

/// An admin, by their API token.
#[derive(Clone, Copy, Debug)]
pub struct AdminCaller {
    /// All of their msp.
    pub scope: Scope,
    /// The token.
    pub token: AdminTokenId,
}

impl AdminCaller {
    /// As the actor of events.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Admin { token: self.token }
    }
}

/// A technician's phone.
#[derive(Clone, Copy, Debug)]
pub struct DeviceCaller {
    /// Its msp.
    pub scope: Scope,
    /// Its technician.
    pub technician: TechnicianId,
    /// The phone.
    pub device: DeviceId,
    /// When its access token was issued: who is revoked from then on is turned away, also while parked.
    pub token_issued_at: Instant,
}

impl DeviceCaller {
    /// As the actor of events.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Technician { technician: self.technician, device: self.device }
    }
}

/// A workstation's agent.
#[derive(Clone, Copy, Debug)]
pub struct WorkstationCaller {
    /// Its msp and tenant.
    pub scope: Scope,
    /// Its tenant.
    pub tenant: TenantId,
    /// The workstation.
    pub workstation: WorkstationId,
    /// When its access token was issued: who is revoked from then on is turned away, also while parked.
    pub token_issued_at: Instant,
}

impl WorkstationCaller {
    /// As the actor of events.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Workstation { workstation: self.workstation }
    }
}
