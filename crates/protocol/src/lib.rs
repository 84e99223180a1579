//! What phones, workstations, admins and the service say to each other, and the rules that more than
//! one of them must follow alike. No I/O, no clock and no randomness of its own.

pub mod audit;
pub mod ceremony;
pub mod encoding;
pub mod grant;
mod ids;
mod instant;
mod jwk;
pub mod offline;
mod problem;
pub mod qr;
pub mod sealed;
mod statement;
pub mod ticket_link;
pub mod wire;

pub use encoding::{Bytes, Nonce};
pub use ids::*;
pub use instant::Instant;
pub use jwk::{JwkError, P256Jwk};
pub use problem::{Problem, ProblemCode};
pub use statement::{Account, AccountKind, Entry, Purpose, Shown, ShownWorkstation, Statement};
