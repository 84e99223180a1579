//! The admin API, typed.

mod audit;
mod audit_settings;
mod audit_tail;
mod connection;
mod devices;
mod enrolment_tokens;
mod offline;
mod sessions;
mod technicians;
mod tenants;
mod tokens;
mod webhooks;
mod workstations;

pub use audit_tail::AuditTail;
pub use connection::{Admin, Paging};
