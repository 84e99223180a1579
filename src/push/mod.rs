//! Telling phones to look: one trait, and a channel for each vendor. A notice holds an opaque id and a
//! generic sentence; whoever opens the app sees the same list without any push.

mod apns;
mod bounds;
mod channel;
mod channels;
mod checkup;
pub mod delivery;
mod fcm;
mod key_file;
mod language;
mod made_once;
mod pace;
mod sealed_tokens;
mod standing;
mod texts;
mod token_store;
mod trouble;
mod web_push;

pub use channel::{Channel, Fault, Kind, Notice, Step, Wanted};
pub use channels::channels;
pub use delivery::{Pushes, Seen};
pub use language::Language;
pub use sealed_tokens::SealedTokens;
pub use token_store::{TokenStore, TokensInMemory};
pub use trouble::Trouble;
