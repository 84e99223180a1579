//! Workstations: enrolled, authenticated, held back, retired.

mod counter;
mod enrol;
mod read;
mod resynchronise;
mod status;

pub use counter::{Asserting, Step, asserting, count};
pub use enrol::{
    FIRST_COUNTER, Known, Machine, NewWorkstation, by_hardware, by_key, in_service, insert,
    raise_version, replace_keys,
};
pub use read::{WorkstationRow, of_tenant, one, skewed};
pub use resynchronise::{Resynchronised, counting, resynchronise};
pub use status::{
    ChangedWorkstation, RESYNCHRONISE, change_status, clear_offline_failures, release, unfreeze,
};
