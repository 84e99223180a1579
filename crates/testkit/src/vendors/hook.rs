//! Somebody's server that takes what it is sent: a webhook, a bucket.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header::IF_NONE_MATCH};

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
    /// What was put, by its path.
    objects: Mutex<HashMap<String, Bytes>>,
}

impl Hook {
    /// With an authority of its own.
    ///
    /// # Panics
    /// Outside a tokio runtime, or when loopback has no free port.
    #[must_use]
    pub fn start() -> Self {
        let authority = Authority::new();
        let desk =
            Desk { sent: Deliveries::new(), faults: Faults::default(), objects: Mutex::default() };
        let desk = Arc::new(desk);
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

    /// What was put at this path, as a bucket keeps it.
    #[must_use]
    pub fn object(&self, path: &str) -> Option<Bytes> {
        self.desk.objects().get(path).cloned()
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

impl Desk {
    fn objects(&self) -> MutexGuard<'_, HashMap<String, Bytes>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An object that is there, if that is what was asked for.
    fn kept(&self, request: &Request) -> Option<Answer> {
        if request.method != Method::GET {
            return None;
        }
        Some(match self.objects().get(&request.path) {
            Some(body) => Answer { body: body.clone(), ..Answer::empty(StatusCode::OK) },
            None => Answer::empty(StatusCode::NOT_FOUND),
        })
    }

    /// As S3 does: with `If-None-Match: *`, nothing is put over another thing.
    fn refused(&self, request: &Request) -> Option<Answer> {
        let there = self.objects().contains_key(&request.path);
        let careful = request.headers.get(IF_NONE_MATCH).is_some_and(|value| value == "*");
        let refused = request.method == Method::PUT && careful && there;
        refused.then(|| Answer::empty(StatusCode::PRECONDITION_FAILED))
    }
}

impl Vendor for Desk {
    fn judge(&self, request: &Request) -> Outcome {
        self.faults.around(Some(&request.path), || {
            if let Some(answer) = self.kept(request).or_else(|| self.refused(request)) {
                return answer;
            }
            if request.method == Method::PUT {
                self.objects().insert(request.path.clone(), request.body.clone());
            }
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
