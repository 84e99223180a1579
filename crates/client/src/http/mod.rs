//! Requests, answers and what carries them.

mod answer;
mod date;
mod request;
mod transport;

pub use answer::Answer;
pub use request::Request;
pub use transport::Transport;
