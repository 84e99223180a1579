//! Offline secrets, sealed, and which phones received them.

mod handovers;
mod people;
mod recovery;
mod secrets;
mod shown;

pub use handovers::{
    Exposed, accepting, end_handovers, exposed_of, exposures, hand_over, handed_to, reach, reaches,
};
pub use people::{
    Delegate, WorksFor, delegates, names_here, raise_technician_epoch, raise_workstation_epoch,
    raised_epochs, works_for, workstation_is_at,
};
pub use recovery::{
    NewRecovery, RecoveryCodeRow, RecoveryRow, agree, ask, code_standing, make_code, release,
    replace_code, requested,
};
pub use secrets::{
    NewSecret, SecretKind, SecretRow, end_acceptance, holdable, insert, one, replace,
    secret_history, standing_at, standing_of,
};
pub use shown::{keep_shown, shown_by};
