//! The service's map.

pub mod ambient;
