//! Events: one fact each, with a sentence for people. Every state change makes exactly one for each entity
//! it changes, in the transaction that changes it.

mod about;
mod fact;
mod index;
mod line;

use countersign_protocol::{
    AdminTokenId, DeviceId, EnrolmentTokenId, EventId, Instant, LoginId, MspId, RecoveryCodeId,
    RecoveryId, SecretId, SessionId, TechnicianId, TenantId, TicketId, WebhookId, WorkstationId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use about::About;
pub use fact::Fact;
pub use index::Index;
pub use line::one_line;

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// The service itself: a lifetime ended, a bound was reached.
    Service,
    /// Someone with a shell on the service's machine.
    Operator,
    /// Someone who holds a key that is nobody's yet: an enrolment.
    Key {
        /// The key's thumbprint.
        jkt: String,
    },
    /// An admin, by their API token.
    Admin {
        /// The token.
        token: AdminTokenId,
    },
    /// A technician, by their phone.
    Technician {
        /// The technician.
        technician: TechnicianId,
        /// The phone.
        device: DeviceId,
    },
    /// A workstation's agent.
    Workstation {
        /// The workstation.
        workstation: WorkstationId,
    },
}

/// What an event is about. Its `version` rises by one with each event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Entity {
    /// An msp.
    Msp(MspId),
    /// An admin's API token.
    AdminToken(AdminTokenId),
    /// A tenant.
    Tenant(TenantId),
    /// A technician.
    Technician(TechnicianId),
    /// A technician's work for a tenant.
    Delegation(TenantId, TechnicianId),
    /// A device ticket.
    Ticket(TicketId),
    /// A phone.
    Device(DeviceId),
    /// A workstation enrolment token.
    EnrolmentToken(EnrolmentTokenId),
    /// A workstation.
    Workstation(WorkstationId),
    /// A login.
    Login(LoginId),
    /// A session.
    Session(SessionId),
    /// An offline secret.
    OfflineSecret(SecretId),
    /// A workstation's recovery code.
    RecoveryCode(RecoveryCodeId),
    /// A request for one.
    Recovery(RecoveryId),
    /// A webhook of the audit log.
    Webhook(WebhookId),
}

/// One fact in the audit log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Made with the event; the log knows it once.
    pub id: EventId,
    /// When it happened, by the node's clock.
    pub at: Instant,
    /// Whose log it belongs to.
    pub msp: MspId,
    /// The tenant it concerns, if one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// Whom and what else it concerns.
    #[serde(default)]
    pub about: About,
    /// What it changed.
    pub entity: Entity,
    /// The entity's version after it; 0 for an observation, which changes nothing.
    pub version: i64,
    /// Who did it.
    pub actor: Actor,
    /// The sentence for people.
    pub sentence: String,
    /// The fact.
    #[serde(flatten)]
    pub fact: Fact,
}

impl Entity {
    /// The entity's id as topics and revocations name it.
    #[must_use]
    pub fn id(self) -> Uuid {
        match self {
            Self::Msp(id) => id.0,
            Self::AdminToken(id) => id.0,
            Self::Tenant(id) => id.0,
            Self::Technician(id) | Self::Delegation(_, id) => id.0,
            Self::Ticket(id) => id.0,
            Self::Device(id) => id.0,
            Self::EnrolmentToken(id) => id.0,
            Self::Workstation(id) => id.0,
            Self::Login(id) => id.0,
            Self::Session(id) => id.0,
            Self::OfflineSecret(id) => id.0,
            Self::RecoveryCode(id) => id.0,
            Self::Recovery(id) => id.0,
            Self::Webhook(id) => id.0,
        }
    }
}

/// What all events of one step share.
#[derive(Clone, Debug)]
pub struct Occasion {
    /// When.
    pub at: Instant,
    /// Whose log.
    pub msp: MspId,
    /// The tenant, if one.
    pub tenant: Option<TenantId>,
    /// Who.
    pub actor: Actor,
}

impl Occasion {
    /// An event of this occasion. `id` is fresh.
    #[must_use]
    pub fn event(
        &self,
        id: EventId,
        entity: Entity,
        version: i64,
        sentence: impl Into<String>,
        fact: Fact,
    ) -> Event {
        Event {
            id,
            at: self.at,
            msp: self.msp,
            tenant: self.tenant,
            about: About::of(entity, &self.actor, &fact),
            entity,
            version,
            actor: self.actor.clone(),
            sentence: one_line(&sentence.into()),
            fact,
        }
    }
}

impl Event {
    /// The event, which also concerns this technician.
    #[must_use]
    pub fn of(mut self, technician: impl Into<Option<TechnicianId>>) -> Self {
        self.about.technician = technician.into().or(self.about.technician);
        self
    }

    /// The event, which also concerns this workstation.
    #[must_use]
    pub fn on(mut self, workstation: impl Into<Option<WorkstationId>>) -> Self {
        self.about.workstation = workstation.into().or(self.about.workstation);
        self
    }
}

#[cfg(test)]
mod tests {
    /// The names of a struct's or of the variants' fields, so far indented.
    fn fields<'a>(source: &'a str, indent: &str) -> Vec<&'a str> {
        let lines = source.lines().filter_map(|line| line.strip_prefix(indent)?.split_once(": "));
        let named = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        lines.map(|(name, _)| name.trim_start_matches("pub ")).filter(named).collect()
    }

    #[test]
    fn no_field_of_a_fact_has_the_name_of_an_event_s_own() {
        let event = include_str!("event.rs").split_once("pub struct Event {").unwrap_or_default().1;
        let own = fields(event.split_once("\n}").unwrap_or_default().0, "    ");
        assert!(own.contains(&"version") && own.contains(&"about"), "{own:?}");
        let facts = fields(include_str!("event/fact.rs"), "        ");
        assert!(facts.len() > 100, "{facts:?}");
        let both: Vec<_> = facts.iter().filter(|name| own.contains(name)).collect();
        assert_eq!(both, Vec::<&&str>::new(), "the text of the event would hold this twice");
    }
}
