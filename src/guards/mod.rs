//! What stands between a request and the work: a proof is used once, and nobody asks too often.
//! In process for a single node; through Redis for many, with the behaviour of an outage built in.

mod gcra;
mod limiter;
mod local_limiter;
mod local_replay;
mod marks;
mod push_budget;
mod redis_limiter;
mod redis_replay;
mod replay;
mod shared_keys;

pub use limiter::{Limiter, Quota, RetryAfter};
pub use local_limiter::LocalLimiter;
pub use local_replay::LocalReplay;
pub use marks::{LocalMarks, Marks, RedisMarks};
pub use push_budget::{LocalPushBudgets, PushBudgets, RedisPushBudgets};
pub use redis_limiter::RedisLimiter;
pub use redis_replay::RedisReplay;
pub use replay::{Replay, ReplayTable, Unavailable};
pub use shared_keys::SharedKeys;
