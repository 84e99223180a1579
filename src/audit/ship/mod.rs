//! Checkpoints leave the house. Whoever owns the database can rewrite it, and not what others have; and of what others
//! have, this node signs no second history.

mod file;
mod shipped;
mod shipper;

pub use file::ShippedFile;
pub use shipped::{Known, Shipped};
pub use shipper::{Shipper, Target};
