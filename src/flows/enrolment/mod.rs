//! Enrolling phones and workstations.

mod phone;
mod replacement;
mod workstation;

pub use phone::{finish, start};
pub use replacement::consent;
pub(super) use replacement::{Consent, make_replacement};
pub use workstation::{Answered, enrol};
