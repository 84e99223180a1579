//! Offline secrets, sealed, and which phones received them.

mod accepting;
mod blast_radius;
mod handovers;
mod holders;
mod own;
mod people;
mod recovery;
mod secrets;
mod shown;

pub use accepting::accepting;
pub use blast_radius::applied_at;
pub use handovers::{
    Exposed, derived_tenants_of, end_handovers, exposed_of, exposures, hand_over, handed_to,
    may_receive, reopen_handovers,
};
pub use holders::holders;
pub use own::{Ends, end_own, insert_many, newest_numbers};
pub use people::{
    Delegate, Named, WorksFor, delegates, names_here, raise_technician_epoch,
    raise_workstation_epoch, raised_epochs, works_for, workstation_is_at,
};
pub use recovery::{
    NewRecovery, RecoveryCodeRow, RecoveryRow, agree, ask, code_standing, make_code, release,
    replace_code, requested,
};
pub use secrets::{
    NewSecret, SecretKind, SecretRow, Which, end_acceptance, one, replace, secret_history, standing,
};
pub use shown::{keep_shown, shown_by};
