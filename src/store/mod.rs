//! The database: one query text for SQLite and PostgreSQL, every statement within a scope, every
//! transaction with its record.

mod conn;
mod cost;
mod database;
pub mod devices;
pub mod enrolling;
mod error;
pub mod logins;
mod optional;
mod outbox;
mod pool;
pub mod replacements;
pub mod replays;
pub mod revocations;
pub mod schema;
mod scope;
pub mod signing_keys;
mod tx;
mod types;
pub mod workstations;

pub use conn::Conn;
pub use cost::Cost;
pub use database::{Across, Address, Place, Store};
pub use error::StoreError;
use optional::found_or_none;
pub use scope::Scope;
pub use tx::Tx;
