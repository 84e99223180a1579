//! Telling phones to look: one trait, and a channel for each vendor. A notice holds an opaque id and a
//! generic sentence; whoever opens the app sees the same list without any push.

mod channel;
pub mod delivery;
mod language;
mod sealed_tokens;
mod texts;
mod token_store;

pub use channel::{Channel, Fault, Kind, Notice, Step};
pub use delivery::{Pushes, Seen};
pub use language::Language;
pub use sealed_tokens::SealedTokens;
pub use token_store::{TokenStore, TokensInMemory};
