//! Phones and workstations: enrolled, given tokens, held back; through the use cases, on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::large_futures,
    reason = "tests"
)]

mod admins;
mod clones;
mod costs;
mod phones;
mod replacements;
#[allow(dead_code, reason = "shared with another test")]
#[path = "../admin/setup.rs"]
mod setup;
mod soft;
mod tokens;
mod workstations;

use countersign::domain::Failure;
use countersign_protocol::ProblemCode;

/// Runs each story on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story(&crate::soft::ready(crate::setup::Setup::sqlite().await)).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                if let Some(setup) = crate::setup::Setup::postgres().await {
                    super::$story(&crate::soft::ready(setup)).await;
                }
            })+
        }
    };
}
use on_both;

fn code<T>(result: Result<T, Failure>) -> ProblemCode {
    match result {
        Ok(_) => panic!("not refused"),
        Err(failure) => failure.refusal().code(),
    }
}
