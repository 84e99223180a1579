//! The connection to Redis and its health. Redis carries and SQL keeps: while the link is down the
//! service is slower, never looser, so everyone who uses it asks for its [`State`] first.

mod backoff;
mod durability;
mod link;
mod state;
mod supervisor;

pub use link::{LinkError, RedisLink, RedisSettings};
pub use state::State;

pub(crate) use backoff::Backoff;
