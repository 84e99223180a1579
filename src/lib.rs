//! The service's map.

pub mod ambient;
pub mod guards;
pub mod redis_link;
pub mod wake;
