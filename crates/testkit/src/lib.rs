//! For development only: what tests, the demo and the load tool play with.

pub mod servers;
mod soft_passkey;

pub use soft_passkey::{Lies, SoftPasskey};
