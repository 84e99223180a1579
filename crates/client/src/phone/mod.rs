//! A technician's phone.

mod approval;
mod connection;
mod enrolment;
mod logins;
mod offline;
mod own;
mod sign_in;
mod tokens;

pub use connection::{Ownership, Phone};
pub use enrolment::Enrolling;
pub use logins::PendingList;
pub use tokens::HeldTokens;
