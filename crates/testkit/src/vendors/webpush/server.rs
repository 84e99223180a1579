use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::post::{PATH, Post};
use super::{Push, Subscriber};
use crate::vendors::wire::{Listener, Protocols};
use crate::vendors::{Authority, Clock, Deliveries, Faults, Reach};

/// A push service on a free port of loopback, until it is dropped.
#[derive(Debug)]
pub struct WebPush {
    post: Arc<Post>,
    authority: Authority,
    listener: Listener,
}

impl WebPush {
    /// With an authority of its own, by the machine's clock.
    ///
    /// # Panics
    /// Outside a tokio runtime, or when loopback has no free port.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(Authority::new(), Clock::system())
    }

    /// With what is given.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with(authority: Authority, clock: Clock) -> Self {
        let post = Arc::new(Post::new(clock));
        let listener = Listener::start(Protocols::Both, &authority, post.clone());
        post.origin.get_or_init(|| listener.origin());
        Self { post, authority, listener }
    }

    /// The origin of its endpoints: the `aud` of tokens, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.listener.origin()
    }

    /// Whose root vouches for it.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// A new subscription that anybody may push to who says who they are.
    #[must_use]
    pub fn subscribe(&self) -> Subscriber {
        self.post.subscribe(None)
    }

    /// A new subscription for one application server (RFC 8292 section 4): its key is an uncompressed
    /// point in base64url.
    #[must_use]
    pub fn subscribe_for(&self, application_server_key: &str) -> Subscriber {
        self.post.subscribe(Some(application_server_key))
    }

    /// The subscription of this endpoint has ended: 410. An unknown one stays unknown: 404.
    pub fn unsubscribe(&self, endpoint: &str) {
        if let Some((_, id)) = endpoint.rsplit_once(PATH) {
            self.post.unsubscribe(id);
        }
    }

    /// What it took for delivery.
    #[must_use]
    pub fn deliveries(&self) -> &Deliveries<Push> {
        &self.post.deliveries
    }

    /// What is to go wrong. Addresses are endpoints.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.post.faults
    }

    /// How many requests came, whatever became of them.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.post.requests.load(Ordering::SeqCst)
    }

    /// How many different VAPID tokens were accepted.
    #[must_use]
    pub fn vapid_tokens(&self) -> usize {
        self.post.count_tokens()
    }

    /// How many connections there were.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.listener.connections()
    }

    /// Whether it can be reached at all.
    pub fn set_reach(&self, reach: Reach) {
        self.listener.set_reach(reach);
    }
}
