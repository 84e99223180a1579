//! The stories: every sentence is told on SQLite, and on PostgreSQL with Redis, over real HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::large_futures,
    clippy::async_yields_async,
    reason = "a story that can't be told must say where, and tells a whole installation"
)]

mod accounts;
mod audit;
mod bad_input;
mod bad_names;
mod bounds;
mod caps;
mod clones;
mod decisions;
mod decoys;
mod forged_headers;
mod grants;
mod hang_ups;
mod house;
mod key_ring;
mod keys;
mod knock;
mod login;
mod model;
mod operations;
mod own_devices;
mod pending;
mod push;
mod pushes;
mod qr;
mod races;
mod record;
mod redis_down;
mod refusal;
mod refused_approvals;
mod refused_assertions;
mod refused_claims;
mod refused_proofs;
mod refused_refreshes;
mod refused_tickets;
mod refused_tokens;
mod scopes;
mod shutdown;
mod two_nodes;
mod walls;
