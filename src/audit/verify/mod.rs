//! Checks a whole log: what stands in it, that nobody rewrote it, and that every approval was signed by the phone
//! that it names. By the entries alone, wherever they come from: a database, or an export.
//!
//! Entries come in batches, in the order of their positions. Each batch is looked at in three passes: one by one
//! on all cores (hashes, texts, signatures of checkpoints), in order (the tree, versions, what covers what), and on
//! all cores again (signatures of approvals, whose keys the second pass has found).
//!
//! Memory does not grow with the log's length, but with what the log is about: some 100 bytes a workstation,
//! technician, phone, ticket and token, whose versions go on as long as the log; a public key a phone; and of
//! logins those that have not ended and the last 100,000 that have. With a double of an older login's event, only
//! its id is there twice, which the log's own index refuses.

mod approvals;
mod closing;
mod database;
mod entities;
mod expected;
mod export;
mod finding;
mod item;
mod judge;
mod parallel;
mod prunings;
mod relying_party;
mod report;
mod text;
mod tree;
mod verifier;

pub use closing::End;
pub use database::{known_origins, logs, verify_database};
pub use expected::{
    Expected, GivenError, checkpoint as checkpoint_of, generation_of, is_of, notes_in,
};
pub use export::{ExportError, verify_export};
pub use finding::{Finding, Kind};
pub use item::{Batch, Columns, Head, Item, Log, Origin, Row, StoredBody, StoredLeaf, StoredNote};
pub use relying_party::RelyingParties;
pub use report::{Loss, Report};
pub use verifier::Verifier;
