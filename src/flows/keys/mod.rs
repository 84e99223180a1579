//! The installation's signing keys: made at the first start, loaded by every node, rotated with overlap.

mod load;
mod publish;
mod rotate;

pub use load::{load, load_or_make};
pub use publish::{installation_keys, published};
pub use rotate::{Rotated, rotate};
