//! For development only: what stands in for people, phones and machines in tests, demo and load tool.

mod soft_passkey;

pub use soft_passkey::{Lies, SoftPasskey};
