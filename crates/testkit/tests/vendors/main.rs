//! The vendors refuse what the real ones refuse, and break as they are told to. The clients here know
//! nothing of them but what a real vendor gives out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod apple;
mod client;
mod faults;
mod google;
mod outside;
mod signing;
mod transport;
mod webpush;
