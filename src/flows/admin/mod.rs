//! What admins do: msps, API tokens, tenants, technicians, delegations, tickets and enrolment tokens.

mod authenticate;
mod bootstrap;
pub mod delegations;
pub mod enrolment_tokens;
pub mod technicians;
pub mod tenants;
pub mod tickets;
pub mod tokens;

pub use authenticate::authenticate;
pub use bootstrap::bootstrap;
