//! Who asks, once that was proven, for what is said of the request afterwards.

use actix_web::{HttpMessage, HttpRequest};

use crate::{
    domain::{Actor, Entity},
    flows::{AdminCaller, DeviceCaller, WorkstationCaller},
    store::Scope,
};

/// The caller of a request; in its extensions.
#[derive(Clone, Debug)]
pub struct Known {
    /// Whose they are.
    pub scope: Scope,
    /// Who they are.
    pub actor: Actor,
    /// The same, as what an observation is about.
    pub entity: Entity,
}

impl Known {
    /// Remembers the caller with the request.
    pub(super) fn remember(self, request: &HttpRequest) {
        request.extensions_mut().insert(self);
    }
}

impl From<&AdminCaller> for Known {
    fn from(caller: &AdminCaller) -> Self {
        let entity = Entity::AdminToken(caller.token);
        Self { scope: caller.scope, actor: caller.actor(), entity }
    }
}

impl From<&DeviceCaller> for Known {
    fn from(caller: &DeviceCaller) -> Self {
        let entity = Entity::Device(caller.device);
        Self { scope: caller.scope, actor: caller.actor(), entity }
    }
}

impl From<&WorkstationCaller> for Known {
    fn from(caller: &WorkstationCaller) -> Self {
        let entity = Entity::Workstation(caller.workstation);
        Self { scope: caller.scope, actor: caller.actor(), entity }
    }
}
