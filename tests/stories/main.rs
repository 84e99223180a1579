//! The stories: every sentence is told on SQLite, and on PostgreSQL with Redis, over real HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a story that can't be told must say where"
)]

mod clones;
mod hang_ups;
mod house;
mod knock;
mod login;
mod pending;
mod races;
mod refusal;
mod refused_approvals;
mod refused_assertions;
mod refused_claims;
mod refused_proofs;
mod refused_refreshes;
mod refused_tickets;
mod refused_tokens;
mod scopes;
