//! The audit log's tables. Only the worker role adds to them, and nobody changes what stands there.

mod append;
mod checkpoints;
mod dead_letters;
mod heads;
mod origins;
mod partitions;
mod read;
mod recording;
pub mod reopen;
pub mod retention;
mod roots;
mod rows;
mod search;
pub mod shipments;
pub mod walk;
pub mod webhooks;

pub use append::{Appended, NewEntry, append};
pub use checkpoints::{keep_checkpoint, latest_checkpoint, unsigned};
pub use dead_letters::{DeadLetter, buried_since, bury};
pub use heads::Head;
pub use origins::{NewOrigin, Origin, newest_origin, open_origin};
pub use partitions::{Months, make_partitions};
pub use read::{
    Body, Leaf, OriginKey, bodies, first_since, last_before, leaves, newest_checkpoint,
    newest_checkpoints, nodes, origins, size,
};
pub use recording::Recording;
pub use roots::root;
pub use search::{AuditRow, Bounds, Found, Stretch, search};
