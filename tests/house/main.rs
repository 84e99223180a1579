//! The house rules: who may import whom, how long a file gets, what stands at the top level.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod imports;
mod paths;
mod rules;
mod sources;
