mod encryption;
mod pushes;
mod sealing;
mod sender;
mod vapid;

pub use sender::Sender;
