//! Somebody's server that takes what it is sent: a webhook, a bucket.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

use super::wire::{Listener, Outcome, Protocols, Request, Vendor};
use super::{Answer, Authority, Deliveries, Faults, Reach};

/// What it was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Sent {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The server, on a free port of loopback, until it is dropped.
#[derive(Debug)]
pub struct Hook {
    desk: Arc<Desk>,
    authority: Authority,
    listener: Listener,
}

#[derive(Debug)]
struct Desk {
    sent: Deliveries<Sent>,
    faults: Faults,
}

impl Hook {
    /// With an authority of its own.
    ///
    /// # Panics
    /// Outside a tokio runtime, or when loopback has no free port.
    #[must_use]
    pub fn start() -> Self {
        let authority = Authority::new();
        let desk = Arc::new(Desk { sent: Deliveries::new(), faults: Faults::default() });
        let listener = Listener::start(Protocols::Both, &authority, desk.clone());
        Self { desk, authority, listener }
    }

    /// Its origin, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.listener.origin()
    }

    /// Whose root vouches for it.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// What it took: it answers 204.
    #[must_use]
    pub fn sent(&self) -> &Deliveries<Sent> {
        &self.desk.sent
    }

    /// What is to go wrong. Addresses are paths.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.desk.faults
    }

    /// Whether it can be reached at all.
    pub fn set_reach(&self, reach: Reach) {
        self.listener.set_reach(reach);
    }
}

impl Vendor for Desk {
    fn judge(&self, request: &Request) -> Outcome {
        self.faults.around(Some(&request.path), || {
            self.sent.push(Sent {
                method: request.method.clone(),
                path: request.path.clone(),
                headers: request.headers.clone(),
                body: request.body.clone(),
            });
            Answer::empty(StatusCode::NO_CONTENT)
        })
    }
}
