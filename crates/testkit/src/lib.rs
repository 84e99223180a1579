//! For development only: what the service's tests and demo stand on. Nothing here is part of a
//! release.

pub mod servers;
