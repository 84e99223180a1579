mod connections;
mod devices;
mod provider_tokens;
mod requests;
mod sender;

pub use sender::{Sender, unix};
