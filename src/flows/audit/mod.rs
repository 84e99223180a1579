//! Reading the audit log: pages, single events with their proofs, the log's own files, exports, and a live tail.
//! Whatever is read of events is an observation in the log itself.

mod event;
mod export;
mod files;
mod observed;
mod page;
mod proofs;
mod reach;
mod tail;

pub use event::event;
pub use export::Export;
pub use files::{checkpoint, entry_bundle, hash_tile, keys};
pub use page::{PageAsked, page};
pub use proofs::{consistency, inclusion};
pub use tail::{Beat, Tail};
