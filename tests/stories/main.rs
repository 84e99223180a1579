//! The stories: every sentence is told on SQLite, and on PostgreSQL with Redis, over real HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a story that can't be told must say where"
)]

mod hang_ups;
mod house;
mod login;
mod scopes;
