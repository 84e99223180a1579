//! The service's map.

pub mod ambient;
pub mod app;
pub mod audit;
pub mod auth;
pub mod config;
pub mod domain;
pub mod flows;
pub mod guards;
pub mod http;
pub mod metrics;
pub mod outbound;
pub mod push;
pub mod redis_link;
pub mod store;
pub mod wake;
pub mod workers;

#[doc(hidden)]
pub use countersign_protocol::ProblemCode as __ProblemCode;
#[doc(hidden)]
pub use utoipa as __utoipa;
