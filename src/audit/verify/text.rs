//! What an event's text says of itself, as far as every entry is asked.

use countersign_protocol::{DeviceId, MspId, TenantId};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    approvals::{Approval, Enrolment},
    item::Columns,
};
use crate::domain::{About, Entity, Event, Fact, Index};

/// The members of an event's text that are read of every entry. The fact itself is skipped over.
#[derive(Deserialize)]
struct Head {
    id: countersign_protocol::EventId,
    msp: MspId,
    #[serde(default)]
    tenant: Option<TenantId>,
    #[serde(default)]
    about: About,
    entity: Entity,
    version: i64,
    #[serde(rename = "fact")]
    kind: String,
    sentence: String,
}

/// What an entry says.
pub(super) struct Said {
    pub(super) event: Uuid,
    pub(super) msp: MspId,
    pub(super) entity: Entity,
    pub(super) version: i64,
    /// True if no later event of the entity is to be expected.
    pub(super) ends: bool,
    pub(super) matter: Matter,
}

/// What of an entry the checks of others need.
pub(super) enum Matter {
    None,
    Enrolled(Box<Enrolment>),
    Approved(Box<Approval>),
    /// An approval or enrolment that contradicts itself.
    Forged(String),
    Pruned {
        from: u64,
        through: u64,
    },
    Reopened {
        generation: i32,
        old_checkpoint: Option<String>,
        restored_size: u64,
    },
}

/// Reads a text, and compares the columns beside it.
///
/// # Errors
/// Why it is not an event's text.
pub(super) fn read(
    text: &str,
    columns: Option<&Columns>,
) -> Result<(Said, Option<String>), String> {
    let head: Head = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let ends = matches!(
        head.kind.as_str(),
        "login_denied" | "login_expired" | "login_cancelled" | "login_superseded" | "grant_taken"
    );
    let matter = match head.kind.as_str() {
        "device_enrolled" | "login_approved" | "audit_pruned" | "log_reopened" => {
            matter(&serde_json::from_str(text).map_err(|error| error.to_string())?)
        }
        _ => Matter::None,
    };
    let said = Said {
        event: head.id.0,
        msp: head.msp,
        entity: head.entity,
        version: head.version,
        ends,
        matter,
    };
    let other = columns.and_then(|columns| other_column(head, columns));
    Ok((said, other))
}

fn matter(event: &Event) -> Matter {
    match &event.fact {
        Fact::DeviceEnrolled { credential_id, public_key, .. } => {
            let Entity::Device(device) = event.entity else {
                return Matter::Forged("an enrolment of something that is no phone".into());
            };
            enrolled(device, credential_id, public_key)
        }
        Fact::LoginApproved { .. } => match Approval::read(event) {
            Ok(approval) => Matter::Approved(Box::new(approval)),
            Err(why) => Matter::Forged(why),
        },
        Fact::AuditPruned { from, through, .. } => {
            Matter::Pruned { from: *from, through: *through }
        }
        Fact::LogReopened { generation, old_checkpoint, restored_size, .. } => Matter::Reopened {
            generation: *generation,
            old_checkpoint: old_checkpoint.clone(),
            restored_size: *restored_size,
        },
        _ => Matter::None,
    }
}

fn enrolled(device: DeviceId, credential_id: &str, public_key: &serde_json::Value) -> Matter {
    match Enrolment::read(device, credential_id, public_key) {
        Ok(enrolment) => Matter::Enrolled(Box::new(enrolment)),
        Err(why) => Matter::Forged(why),
    }
}

/// The first column that says something else than the text.
fn other_column(head: Head, columns: &Columns) -> Option<String> {
    let Head { id, msp, tenant, about, kind, sentence, .. } = head;
    let index = Index { id, msp, tenant, about, kind, sentence }.to_be_filed();
    let about = index.about;
    let said = Columns {
        event: index.id.0,
        kind: index.kind,
        outcome: about.outcome,
        tenant: index.tenant.map(Uuid::from),
        technician: about.technician.map(Uuid::from),
        workstation: about.workstation.map(Uuid::from),
        account: about.account,
        sentence: index.sentence,
    };
    if said == *columns {
        return None;
    }
    let names = [
        ("event_id", said.event != columns.event),
        ("kind", said.kind != columns.kind),
        ("outcome", said.outcome != columns.outcome),
        ("tenant", said.tenant != columns.tenant),
        ("technician", said.technician != columns.technician),
        ("workstation", said.workstation != columns.workstation),
        ("account", said.account != columns.account),
        ("sentence", said.sentence != columns.sentence),
    ];
    let names: Vec<_> =
        names.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
    Some(names.join(", "))
}
