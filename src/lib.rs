//! The service's map.

pub mod ambient;
pub mod domain;
pub mod http;
pub mod metrics;

#[doc(hidden)]
pub use countersign_protocol::ProblemCode as __ProblemCode;
#[doc(hidden)]
pub use utoipa as __utoipa;
