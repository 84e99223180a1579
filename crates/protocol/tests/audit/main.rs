//! The audit log is what its formats say: RFC 6962's tree, C2SP's checkpoints and tiles; verifiers that were
//! not written here accept it; and nothing that a stranger sends makes it stumble.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod bundles;
mod checkpoints;
mod entries;
mod hostile;
mod log;
mod notes;
mod outside;
mod proofs;
mod sizes;
mod tiles;
mod tlog_scales;
mod tree;
mod vectors;
