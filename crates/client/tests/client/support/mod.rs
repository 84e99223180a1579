//! Test doubles: a service that answers whatever it is told, and a passkey that counts.

mod canned;
mod installation;
mod passkey;
mod people;

pub use canned::{CannedService, Reply, Seen};
pub use installation::{Installation, grant, view, workstation_token};
pub use passkey::CountingPasskey;
pub use people::{owner, phone, phone_over, statement, transport};
