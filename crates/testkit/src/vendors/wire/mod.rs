//! What the vendors share: a TLS listener on loopback, HTTP/2 and HTTP/1.1 on it, and answers that can be
//! made to come late, in crumbs or not at all.

mod answer;
mod connection;
mod http1;
mod http2;
mod listener;
mod parting;
mod request;
mod trickle;

pub use answer::Answer;
pub(crate) use answer::{Manner, Outcome};
pub(crate) use connection::Connection;
pub use listener::Reach;
pub(crate) use listener::{Listener, Protocols};
pub(crate) use request::Request;

/// A vendor, as the wire sees it.
pub(crate) trait Vendor: Send + Sync + 'static {
    /// What becomes of a request.
    fn judge(&self, request: &Request) -> Outcome;

    /// Whether a connection has one stream until its peer has proved who it is
    /// ([`Connection::trust`]); further ones are refused.
    fn has_one_stream_at_first(&self) -> bool {
        false
    }
}
