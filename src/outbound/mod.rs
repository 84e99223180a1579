//! Calls to others: the one part that has an HTTP client. Where a call may lead is judged when its host is looked up.

mod calls;
mod endpoint;
mod public_address;
mod transport;

pub use calls::{Call, Caller, Verb};
pub use endpoint::{Guard, NotAdmitted};
pub use transport::{Answer, Bounds, Loss, Protocol, Transport, Unusable};
