//! The database: one query text for SQLite and PostgreSQL, every statement within a scope, every
//! transaction with its record.

pub mod absences;
pub mod account_names;
pub mod admin_tokens;
pub mod audit;
mod conn;
mod database;
pub mod delegations;
pub mod device_tickets;
pub mod devices;
pub mod enrolling;
pub mod enrolment_tokens;
mod error;
pub mod failures;
pub mod logins;
pub mod migrate;
pub mod msps;
pub mod offline;
mod optional;
pub mod outbox;
mod pool;
mod prepared;
pub mod replacements;
pub mod replays;
pub mod revocations;
pub mod schema;
mod scope;
pub mod sealed;
pub mod sessions;
pub mod signing_keys;
pub mod states;
pub mod technicians;
pub mod tenants;
mod tx;
mod types;
pub mod vendor_tokens;
mod walls;
pub mod workstations;

pub use conn::Conn;
pub use database::{Across, Address, Place, Store};
pub use error::StoreError;
use optional::found_or_none;
pub use scope::Scope;
pub use tx::{Committed, Tx};
