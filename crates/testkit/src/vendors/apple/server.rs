use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::post::Post;
use super::{Account, Notification, Reason};
use crate::vendors::wire::{Listener, Protocols};
use crate::vendors::{Authority, Clock, Deliveries, Faults, Reach, random};

/// One environment of Apple's push service, on a free port of loopback, until it is dropped. The other
/// is a second one that is [started with](Self::start_with) the same account and authority.
#[derive(Debug)]
pub struct Apple {
    post: Arc<Post>,
    authority: Authority,
    listener: Listener,
}

impl Apple {
    /// With an account and an authority of its own, by the machine's clock.
    ///
    /// # Panics
    /// Outside a tokio runtime, or when loopback has no free port.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(Account::default(), Authority::new(), Clock::system())
    }

    /// With what is given.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with(account: Account, authority: Authority, clock: Clock) -> Self {
        let post = Arc::new(Post::new(account, clock));
        let listener = Listener::start(Protocols::Http2, &authority, post.clone());
        Self { post, authority, listener }
    }

    /// The base URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.listener.origin()
    }

    /// Whose root vouches for it.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Whom it takes notifications from.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.post.account
    }

    /// A device token of the account's app.
    pub fn register(&self, token: &str) {
        self.register_for(token, self.post.account.topic());
    }

    /// A device token of another app.
    pub fn register_for(&self, token: &str, topic: &str) {
        self.post.devices.register(token, topic);
    }

    /// A new device token of the account's app, 64 hexadecimal digits long.
    #[must_use]
    pub fn new_device(&self) -> String {
        let token = random::hex::<32>();
        self.register(&token);
        token
    }

    /// The app is gone from that device since then: 410 `Unregistered`, with this time.
    pub fn unregister(&self, token: &str, since: SystemTime) {
        self.post.devices.bury(token, Reason::Unregistered, since);
    }

    /// The token is too old since then: 410 `ExpiredToken`, with this time.
    pub fn expire(&self, token: &str, since: SystemTime) {
        self.post.devices.bury(token, Reason::ExpiredToken, since);
    }

    /// All provider tokens that came so far are expired, whatever their age: 403 `ExpiredProviderToken`
    /// until one comes that was made after that answer.
    pub fn disown_provider_tokens(&self) {
        self.post.tokens.disown();
    }

    /// What it took for delivery.
    #[must_use]
    pub fn deliveries(&self) -> &Deliveries<Notification> {
        &self.post.deliveries
    }

    /// What is to go wrong. Addresses are device tokens.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.post.faults
    }

    /// How many requests came, whatever became of them. A refused stream is none.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.post.requests.load(Ordering::SeqCst)
    }

    /// How many connections there were.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.listener.connections()
    }

    /// How many different provider tokens were accepted.
    #[must_use]
    pub fn provider_tokens(&self) -> usize {
        self.post.tokens.count()
    }

    /// Whether it can be reached at all.
    pub fn set_reach(&self, reach: Reach) {
        self.listener.set_reach(reach);
    }
}
