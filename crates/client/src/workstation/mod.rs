//! A tenant's machine.

mod connection;
mod enrolment;
mod grant;
mod identity;
mod ledger;
mod logins;
mod opened;
mod own;
mod sessions;
mod state;
mod tokens;

pub use connection::Workstation;
pub use identity::{Identity, WorkstationKeys};
pub use ledger::Ledger;
pub use opened::OpenedLogin;
pub use state::HeardState;
