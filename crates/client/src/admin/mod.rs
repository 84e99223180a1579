//! The admin API, typed.

mod audit_settings;
mod connection;
mod devices;
mod enrolment_tokens;
mod technicians;
mod tenants;
mod tokens;
mod workstations;

pub use connection::{Admin, Paging};
