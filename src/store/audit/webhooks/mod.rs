//! Webhooks: what admins say of them, how far each has come, and what could not be delivered.

mod admins;
mod deliveries;
mod letters;
mod rows;

pub use admins::{
    Changed, NewWebhook, change, change_secret, count, go_on_from, hold_msp, insert, list, one,
    redelivered, remove,
};
pub use deliveries::{Behind, behind, claim, due, give_up, gone, missing, settle, stretch};
pub use letters::{Letter, letter, letters};
pub use rows::{Sealed, StoredWebhook};
