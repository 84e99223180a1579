//! Phones: enrolled, refreshed, signed in again, suspended.

mod active;
mod enrol;
mod push;
mod read;
mod tokens;

pub use enrol::{NewDevice, insert, raise_devices_version, raise_version};
pub use push::{
    Announced, Phone, ToldAt, Verdict, announced, judge_push_address, set_push_address, told_at,
};
pub use read::{ChangedDevice, DeviceRow, change_status, of_technician, one};
pub use tokens::{SignedIn, TokenHolder, begin_family, end_family, rotate, token_holder};
