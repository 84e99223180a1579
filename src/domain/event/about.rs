//! Whom and what an event concerns: what a reader of the log filters by.

use countersign_protocol::{TechnicianId, WorkstationId, wire::desktop::Outcome};
use serde::{Deserialize, Serialize};

use super::{Actor, Entity, Fact};

/// Whom and what an event concerns, beside its tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technician: Option<TechnicianId>,
    /// The machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workstation: Option<WorkstationId>,
    /// The local account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// How it went: `approved`, `expired`, `fraud`, a vendor's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

impl About {
    /// What the entity, the actor and the fact tell of it.
    pub(super) fn of(entity: Entity, actor: &Actor, fact: &Fact) -> Self {
        let mut about = Self::default();
        match *actor {
            Actor::Technician { technician, .. } => about.technician = Some(technician),
            Actor::Workstation { workstation } => about.workstation = Some(workstation),
            Actor::Service | Actor::Operator | Actor::Key { .. } | Actor::Admin { .. } => {}
        }
        match entity {
            Entity::Technician(id) | Entity::Delegation(_, id) => about.technician = Some(id),
            Entity::Workstation(id) => about.workstation = Some(id),
            _ => {}
        }
        about.tell(fact);
        about
    }

    fn tell(&mut self, fact: &Fact) {
        match fact {
            Fact::TicketMade { technician, .. }
            | Fact::DeviceEnrolled { technician, .. }
            | Fact::LoginClaimed { technician, .. }
            | Fact::PushHeldBack { technician, .. } => self.technician = Some(*technician),
            Fact::LoginOpened { technician, decoy, .. } => {
                self.technician = *technician;
                self.outcome.clone_from(decoy);
            }
            Fact::EnrolmentTokenCreated { workstation, .. } => self.workstation = *workstation,
            Fact::TechnicianCreated { account_name, .. } => {
                self.account = Some(account_name.clone());
            }
            Fact::LoginApproved { statement, .. } => {
                self.technician = Some(statement.technician.id);
                self.workstation = Some(statement.workstation.id);
                self.account = Some(statement.account.name.clone());
                self.outcome = Some("approved".to_owned());
            }
            Fact::GrantTaken { technician, account, .. } => {
                self.technician = Some(*technician);
                self.account = Some(account.clone());
            }
            Fact::LoginDenied { outcome } | Fact::LoginCancelled { outcome } => {
                self.outcome = Some(outcome_word(*outcome));
            }
            Fact::LoginExpired => self.outcome = Some("expired".to_owned()),
            Fact::LoginSuperseded { .. } => self.outcome = Some("superseded".to_owned()),
            Fact::PushAccepted { .. } => self.outcome = Some("accepted".to_owned()),
            Fact::SessionStarted { account, trust, .. } => {
                self.account = Some(account.clone());
                self.outcome = Some(trust.as_str().to_owned());
            }
            Fact::OfflineSecretHanded { technician, .. } => self.technician = Some(*technician),
            Fact::RequestRefused { code, .. } => self.outcome = Some(code.clone()),
            Fact::WebhookTested { result } => self.outcome = Some(result.clone()),
            Fact::PushFailed { reason, .. }
            | Fact::WebhookFailing { reason }
            | Fact::WebhookGivenUp { reason, .. }
            | Fact::PushAddressForgotten { reason, .. }
            | Fact::PushAddressQuarantined { reason, .. } => self.outcome = Some(reason.clone()),
            _ => {}
        }
    }
}

fn outcome_word(outcome: Outcome) -> String {
    outcome.as_str().to_owned()
}
