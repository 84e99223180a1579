mod exchange;
mod messages;
mod refusals;
mod sender;

pub use sender::Sender;
