//! Pure rules and state machines: no I/O, no framework, no clock of their own.

pub mod account;
mod audit_cursor;
mod audit_filter;
pub mod counter;
mod event;
pub mod facts;
mod failure;
mod listing;
pub mod login;
pub mod names;
pub mod network;
pub mod push_budget;
mod refusal;
mod sealed_table;
mod webhook;
pub mod workstation;

pub use audit_cursor::AuditCursor;
pub use audit_filter::{AuditFilter, Order};
pub use event::{About, Actor, Entity, Event, Fact, Index, Occasion, one_line};
pub use failure::Failure;
pub use listing::{ListFrom, Listing, SessionKind};
pub use refusal::Refusal;
pub use sealed_table::SealedTable;
pub use webhook::{Batch, News, Standing, webhook_filter};
