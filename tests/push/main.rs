//! The push channels against vendors on loopback that check what the real ones check.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod apns;
mod checks;
mod endpoints;
mod faults;
mod fcm;
mod keys;
mod payloads;
mod setup;
mod tokens;
mod web_push;
