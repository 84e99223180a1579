//! The service's map.

pub mod ambient;
pub mod domain;
pub mod store;
