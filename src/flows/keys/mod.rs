//! The installation's signing keys: made at the first start, loaded by every node, rotated with overlap. And what
//! is sealed under which master key.

mod load;
mod publish;
mod reseal;
mod rotate;

pub use load::{load, load_or_make};
pub use publish::{installation_keys, published};
pub use reseal::{Resealed, Under, census, reseal};
pub use rotate::{Rotated, rotate};
