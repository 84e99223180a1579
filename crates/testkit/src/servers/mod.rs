//! PostgreSQL and Redis for tests.
//!
//! Under cargo-nextest every test is a process of its own, so servers that many tests use are
//! started once by `tests/run`, which names them in the environment: [`shared_postgres`],
//! [`shared_redis`], and on the former one [`TestDatabase`] a test. A test that kills or pauses a
//! server starts one of its own: [`PrivatePostgres`], [`PrivateRedis`].
//!
//! Everything here panics when it can't do its work, because a test can't go on without it.
#![allow(clippy::expect_used, clippy::panic, reason = "a failure here is a failed test")]

mod database;
mod port;
mod postgres;
mod process;
mod programs;
mod redis;
mod shared;
mod unprivileged;

pub use database::{TestDatabase, schema_version};
pub use postgres::{Durability, PrivatePostgres};
pub use redis::PrivateRedis;
pub use shared::{shared_postgres, shared_redis};
