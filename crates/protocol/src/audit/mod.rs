//! The audit log as a verifiable log: entries, the Merkle tree over them (RFC 6962 section 2.1), signed
//! checkpoints (C2SP tlog-checkpoint, signed-note) and tiles (C2SP tlog-tiles).
//!
//! Bytes in, bytes out: whoever has an export, a checkpoint and a log's key can check the log with this
//! alone, and whoever doesn't trust this can check it with any other verifier of the same formats.
//!
//! # Why not the crates for it
//!
//! `tlog_tiles` 0.2 and `signed_note` 0.2 (Cloudflare's ports of Go's `sumdb`) and `ct-merkle` 0.3 were read
//! and are good references, so the tests here hand them our proofs, checkpoints and tiles. The service does
//! not build on them: `signed_note` brings a second Ed25519 (ed25519-dalek, with its own rand and SHA-2)
//! beside aws-lc; `tlog_tiles` reads hashes through a synchronous callback that SQL can't answer, and its tile
//! paths are Go's, not C2SP's (and panic on a width of 0); `ct-merkle` keeps the whole tree in memory, and its
//! checks panic on sizes above 2^63.

mod bundle;
mod checkpoint;
mod entry;
mod frontier;
mod log_key;
mod note;
mod plan;
mod proof;
mod tiles;
mod tree;

pub use bundle::{BundleError, entry_bundle, parse_entry_bundle};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use entry::{ENTRY_HEAD, ENTRY_MAX, EntryError, EntryTooLong, entry, parse_entry};
pub use frontier::{Frontier, FrontierError};
pub use log_key::{LogKey, LogKeyError};
pub use note::{NOTE_MAX, NoteError, SIGNATURES_MAX};
pub use plan::{MissingNode, NodeRange, Nodes, NotInTree, Plan};
pub use proof::{ProofError, verify_consistency, verify_inclusion};
pub use tiles::{TILE_WIDTH, Tile, TileContent, TilePathError, tile_width};
pub use tree::{Hash, HashError, Level, SIZE_MAX, leaf_hash, node_hash};
