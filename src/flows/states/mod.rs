//! Desired state: what each workstation is to be, waited for, and acknowledged.

mod applied;
mod changes;
mod clock;
mod document;
mod turns;
mod wait;

pub use applied::applied;
pub use changes::{change, changes};
pub(super) use clock::measured;
pub use document::document;
pub use turns::Turns;
pub use wait::wait_for_state;

use uuid::Uuid;

/// What those wait for who wait for a state document: the workstation's own topic, and its tenant's.
#[must_use]
pub fn topic(workstation_or_tenant: Uuid) -> Uuid {
    // Their own ids wake whoever waits for their revocation.
    Uuid::from_u128(workstation_or_tenant.as_u128() ^ 0x7374_6174_6500_0000_0000_0000_0000_0000)
}
