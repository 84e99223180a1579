//! Clients hang up at any moment: of every state change all is found, or none, and the pool is healthy.

mod admins;
pub mod cast;
mod logins;
mod phones;
mod polls;
mod sockets;
mod workstations;
