//! Use cases by subject. A flow checks, decides in one transaction, and tells whoever waits.

pub mod admin;
mod caller;
mod context;
pub mod devices;
mod ended_logins;
pub mod enrolment;
pub mod keys;
pub mod login;
mod moment;
pub mod offline;
mod parked;
pub mod sessions;
pub mod states;
pub mod tokens;
pub mod workstations;

pub use caller::{AdminCaller, DeviceCaller, WorkstationCaller};
pub use context::{Context, wake_revoked};
pub use ended_logins::{EndedLogins, end_logins};
pub use moment::Moment;
