//! What workstations are to be, and how far they have come.

mod accounts;
mod applied;
mod changes;
mod place;

pub use accounts::{
    AccountRow, AccountState, accounts_here, accounts_of, have, leave, mark_removed, mark_taken,
    remove_of_tenant,
};
pub use applied::{NewlyApplied, apply, had_applied, measured, uploaded};
pub use changes::{NewChange, changes_of, note, stragglers_of};
pub use place::{LEAP_BITS, Place, leap, place, raise_owns, raise_tenant, versions_behind};
