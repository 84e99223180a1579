//! The service's map.

pub mod ambient;
pub mod auth;
pub mod config;
pub mod domain;
pub mod flows;
pub mod guards;
pub mod redis_link;
pub mod store;
pub mod wake;
pub mod workers;
