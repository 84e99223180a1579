//! The HTTP interface: what frames every route, and the extractors that check a request before its handler.
//!
//! A handler takes its caller (authentication, always the first argument), its path ([`Ids`]), its
//! headers ([`Prefer`], [`IfNoneMatch`], [`IdempotencyKey`], [`Address`]), its query ([`PageQuery`]) and its body
//! ([`Json`]), calls one flow, and answers. The extractors that authenticate stand in `authenticate/`.
//!
//! actix polls a handler's extractors side by side and answers with the first refusal, so a malformed
//! request of a stranger may be told that it is malformed before it is told that the token is missing.

mod address;
pub mod admin;
mod app;
mod app_links;
mod audit;
pub mod authenticate;
mod boundary;
pub mod desktop;
mod edge;
mod etag;
mod facts;
mod forwarded;
mod idempotency;
mod json;
mod listing;
mod metrics_server;
pub mod mobile;
pub mod openapi;
mod parked;
mod path;
mod prefer;
mod problem;
mod query;
mod routes;
mod server;
pub mod service;
mod session_examples;
mod shutdown;
mod success;
#[cfg(test)]
mod testing;
mod unknown_route;

pub use address::{Address, TrustedProxies};
pub use app::app;
pub use app_links::AndroidApp;
pub use boundary::RequestId;
pub use edge::Edge;
pub use etag::{ETag, IfNoneMatch, Versioned};
pub use facts::ServiceFacts;
pub use forwarded::ForwardingHeader;
pub use idempotency::IdempotencyKey;
pub use json::{BodyLimit, Json, MAX_BODY, MAX_LIST};
pub use metrics_server::serve_metrics;
pub use parked::parked;
pub use path::Ids;
pub use prefer::{MAX_WAIT, Prefer};
pub use problem::{Answer, HttpFailure};
pub use query::{Cursor, PageQuery};
pub use routes::{contract_yaml, routes, whole_contract};
pub use server::{Running, ServerSettings, start};
pub use shutdown::{Drain, StopSignals};
pub use success::{Created, Done, Put};
