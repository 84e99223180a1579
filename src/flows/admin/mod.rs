//! What admins do: msps, API tokens, tenants, technicians, delegations, tickets and enrolment tokens, and
//! the phones and workstations that were enrolled with them.

pub mod audit_settings;
mod authenticate;
mod bootstrap;
pub mod delegations;
pub mod devices;
pub mod enrolment_tokens;
pub mod msp;
pub mod technicians;
pub mod tenants;
pub mod tickets;
pub mod tokens;
pub mod webhooks;
pub mod workstations;

pub use authenticate::{authenticate, authenticate_reader};
pub use bootstrap::bootstrap;
