//! What admins do, through the use cases, on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::large_futures,
    reason = "a test that can't be set up must say where"
)]

mod delegations;
mod enrolment;
mod http;
mod lists;
#[allow(dead_code, reason = "shared with another test")]
mod setup;
mod technicians;
mod tenants;
mod tokens;

use countersign::domain::Failure;
use countersign_protocol::ProblemCode;

/// Runs each story on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story(&crate::setup::Setup::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                if let Some(setup) = crate::setup::Setup::postgres().await {
                    super::$story(&setup).await;
                }
            })+
        }
    };
}
use on_both;

fn code<T: std::fmt::Debug>(result: Result<T, Failure>) -> ProblemCode {
    result.unwrap_err().refusal().code()
}
