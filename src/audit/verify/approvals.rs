//! Approvals: what the phone signed is the statement that the entry shows, and the key is the one that this phone
//! was enrolled with in the same log.

use std::{collections::HashMap, sync::Arc};

use countersign_protocol::DeviceId;
use serde_json::Value;

use super::{
    finding::{Finding, Kind},
    parallel,
};
use crate::{
    auth::passkey::{Evidence, RecordedKey},
    domain::{Actor, Entity, Event, Fact, one_line},
};

/// Approvals that may stand before their phone's enrolment, which then took longer to reach the log.
const WAITING: usize = 10_000;

/// A phone's key.
pub(super) struct Enrolment {
    device: DeviceId,
    credential_id: String,
    key: RecordedKey,
}

/// A phone's signature over a login.
pub(super) struct Approval {
    device: DeviceId,
    pub(super) evidence: Evidence,
}

/// An approval whose key is known.
struct Due {
    position: u64,
    approval: Approval,
    enrolment: Arc<Enrolment>,
}

/// The approvals of a log.
#[derive(Default)]
pub(super) struct Approvals {
    keys: HashMap<DeviceId, Arc<Enrolment>>,
    waiting: Vec<(u64, Approval)>,
    pub(super) verified: u64,
}

impl Enrolment {
    pub(super) fn read(device: DeviceId, credential_id: &str, key: &Value) -> Result<Self, String> {
        let key = RecordedKey::read(key).map_err(|error| error.to_string())?;
        Ok(Self { device, credential_id: credential_id.to_owned(), key })
    }
}

impl Approval {
    /// Reads an approval whose statement says what the event says.
    pub(super) fn read(event: &Event) -> Result<Self, String> {
        let Fact::LoginApproved { statement, nonce, assertion, .. } = &event.fact else {
            return Err("no approval".into());
        };
        let technician = statement.technician.id;
        let actor = Actor::Technician { technician, device: statement.device.id };
        let about = &event.about;
        let differs = [
            ("the login", event.entity != Entity::Login(statement.login)),
            ("the msp", event.msp != statement.msp.id),
            ("the tenant", event.tenant != Some(statement.tenant.id)),
            ("the technician or the phone", event.actor != actor),
            ("the technician", about.technician != Some(technician)),
            ("the workstation", about.workstation != Some(statement.workstation.id)),
            ("the account", about.account.as_deref() != Some(statement.account.name.as_str())),
            (
                "the technician's name",
                !event.sentence.contains(&one_line(&statement.technician.name)),
            ),
            (
                "the workstation's name",
                !event.sentence.contains(&one_line(&statement.workstation.name)),
            ),
        ];
        if let Some((what, _)) = differs.iter().find(|(_, differs)| *differs) {
            return Err(format!("{what} in the statement is another than the entry's"));
        }
        let evidence = Evidence::read(assertion, statement.challenge(nonce))
            .map_err(|error| error.to_string())?;
        Ok(Self { device: statement.device.id, evidence })
    }
}

impl Approvals {
    pub(super) fn enrolled(&mut self, position: u64, enrolment: Enrolment) -> Option<Finding> {
        let device = enrolment.device;
        let before = self.keys.insert(device, Arc::new(enrolment))?;
        self.keys.insert(device, before);
        let detail = format!("the phone {device} was enrolled before, and its key stays");
        Some(Finding::at(position, Kind::ApprovalForged, detail))
    }

    pub(super) fn approved(&mut self, position: u64, approval: Approval) -> Option<Finding> {
        self.waiting.push((position, approval));
        let known = |(_, approval): &(u64, Approval)| self.keys.contains_key(&approval.device);
        if self.waiting.len() <= WAITING || self.waiting.iter().any(known) {
            return None;
        }
        let (position, approval) = self.waiting.remove(0);
        Some(without_key(position, &approval))
    }

    /// Verifies the approvals whose keys are known by now.
    pub(super) fn verify(&mut self, threads: usize) -> Vec<Finding> {
        let (mut due, mut waiting) = (Vec::new(), Vec::new());
        for (position, approval) in self.waiting.drain(..) {
            match self.keys.get(&approval.device) {
                Some(enrolment) => {
                    due.push(Due { position, approval, enrolment: Arc::clone(enrolment) });
                }
                None => waiting.push((position, approval)),
            }
        }
        self.waiting = waiting;
        let found: Vec<Finding> =
            parallel::map(&due, threads, Due::verify).into_iter().flatten().collect();
        self.verified += (due.len() - found.len()) as u64;
        found
    }

    /// Approvals by phones that were never enrolled.
    pub(super) fn without_keys(&self) -> Vec<Finding> {
        self.waiting.iter().map(|(position, approval)| without_key(*position, approval)).collect()
    }
}

impl Due {
    fn verify(&self) -> Option<Finding> {
        let evidence = &self.approval.evidence;
        let why = if evidence.credential_id != self.enrolment.credential_id {
            "it is by another credential than was enrolled".to_owned()
        } else {
            evidence.is_signed_by(&self.enrolment.key).err()?.to_string()
        };
        Some(Finding::at(self.position, Kind::ApprovalForged, why))
    }
}

fn without_key(position: u64, approval: &Approval) -> Finding {
    let detail = format!("the log has no enrolment of the phone {}", approval.device);
    Finding::at(position, Kind::ApprovalForged, detail)
}
