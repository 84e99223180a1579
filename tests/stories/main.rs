//! The stories: every sentence is told on SQLite, and on PostgreSQL with Redis, over real HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a story that can't be told must say where"
)]

mod decisions;
mod decoys;
mod grants;
mod house;
mod keys;
mod login;
mod push;
mod qr;
mod record;
mod redis_down;
mod shutdown;
mod two_nodes;
