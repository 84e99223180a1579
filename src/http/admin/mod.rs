//! `/admin/v1`: the routes of admins' tools.

mod audit;
mod audit_settings;
mod delegations;
mod devices;
mod enrolment_tokens;
mod examples;
mod msp;
mod offline;
mod routes;
mod sessions;
mod technicians;
mod tenants;
mod tickets;
mod tokens;
mod webhook_examples;
mod webhooks;
mod workstations;

pub use examples::examples;
pub use routes::routes;
