//! Requests, answers and what carries them.

mod answer;
mod date;
mod request;
mod streamed;
mod transport;

pub use answer::Answer;
pub use request::Request;
pub use streamed::Streamed;
pub use transport::Transport;
