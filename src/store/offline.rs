//! Offline secrets, sealed, and which phones received them.

mod accepting;
mod blast_radius;
mod ended;
mod handovers;
mod holders;
mod own;
mod people;
mod recovery;
mod secrets;
mod shown;
mod still;

pub use accepting::accepting;
pub use blast_radius::applied_at;
pub use ended::{end_handovers, ended_for, reopen_handovers};
pub use handovers::{
    Exposed, derived_tenants_of, exposed_of, exposures, hand_over, handed_to, may_receive,
};
pub use holders::holders;
pub use own::{Ends, end_own, insert_many, newest_numbers};
pub use people::{
    Delegate, WorksFor, delegates, names_here, raise_technician_epoch, raise_workstation_epoch,
    raised_epochs, works_for, workstation_is_at,
};
pub use recovery::{
    NewRecovery, RecoveryCodeRow, RecoveryRow, agree, all_requested, ask, code_standing, make_code,
    release, replace_code, requested,
};
pub use secrets::{
    NewSecret, SecretKind, SecretRow, Which, end_acceptance, of_version, one, replace,
    secret_history, standing,
};
pub use shown::{epoch_of, keep_shown, received, shown_by};
pub use still::{Still, hold_still};
