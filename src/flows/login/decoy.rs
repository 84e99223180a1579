//! Whom a push reaches, or why nobody.

use countersign_protocol::{Instant, wire::Status};

use crate::store::logins::NamedTechnician;

/// Why nobody is told of a push, for admins; the workstation sees no difference.
pub(super) fn decoy(named: Option<&NamedTechnician>, now: Instant) -> Option<&'static str> {
    let Some(named) = named else { return Some("nobody has this name") };
    if named.status != Status::Active {
        return Some("the technician is suspended");
    }
    if !named.delegated {
        return Some("the technician does not work for this tenant");
    }
    if !named.enrolled {
        return Some("the technician has no phone");
    }
    named
        .push_paused_until
        .is_some_and(|until| now < until)
        .then_some("the technician's push logins pause after too many failures")
}
