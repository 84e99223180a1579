//! The contract `mobile-api.yaml`, made from the handlers' annotations.
//!
//! An annotation says only what is special about a handler: its doc comment (summary, then description), its
//! success body, the headers it takes, what it refuses in its own words. The rest follows from the route and
//! is filled in: tag and security from the path's first segment, path parameters from their names, the problems
//! that any such request can meet, `ETag` and 304 where `If-None-Match` is taken, and the examples.

mod complete;
mod contract;
mod examples;
mod operation;
mod problems;
mod security;

pub use complete::incomplete;
pub use contract::{contract, yaml};
pub use examples::Examples;
pub use problems::refused;
pub use security::{ADMIN_TOKEN, DPOP_PROOF, DPOP_TOKEN};
