use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::post::{Post, TOKEN_PATH};
use super::{ErrorCode, Message, ServiceAccount};
use crate::vendors::wire::{Listener, Protocols};
use crate::vendors::{Authority, Clock, Deliveries, Faults, Reach, random};

/// Google's token endpoint and FCM, on one free port of loopback, until it is dropped.
#[derive(Debug)]
pub struct Google {
    post: Arc<Post>,
    authority: Authority,
    listener: Listener,
}

impl Google {
    /// With an account and an authority of its own, by the machine's clock.
    ///
    /// # Panics
    /// Outside a tokio runtime, or when loopback has no free port.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(ServiceAccount::default(), Authority::new(), Clock::system())
    }

    /// With what is given.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with(account: ServiceAccount, authority: Authority, clock: Clock) -> Self {
        let post = Arc::new(Post::new(account, clock));
        let listener = Listener::start(Protocols::Both, &authority, post.clone());
        post.token_uri.get_or_init(|| listener.origin() + TOKEN_PATH);
        Self { post, authority, listener }
    }

    /// FCM's base URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.listener.origin()
    }

    /// The token endpoint's URL.
    #[must_use]
    pub fn token_uri(&self) -> String {
        self.listener.origin() + TOKEN_PATH
    }

    /// Whose root vouches for it.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Whom it takes messages from.
    #[must_use]
    pub fn account(&self) -> &ServiceAccount {
        &self.post.account
    }

    /// The account's key file, which names this token endpoint.
    #[must_use]
    pub fn key_file(&self) -> Value {
        self.post.account.key_file(&self.token_uri())
    }

    /// A registration token of the project's app; one that was dead lives again.
    pub fn register(&self, token: &str) {
        self.post.devices.set(token, None);
    }

    /// A new registration token of the project's app.
    #[must_use]
    pub fn new_device(&self) -> String {
        let token = format!("{}:APA91b{}{}", random::word(), random::word(), random::word());
        self.register(&token);
        token
    }

    /// The app is gone from that device: 404 `UNREGISTERED`.
    pub fn unregister(&self, token: &str) {
        self.post.devices.set(token, Some(ErrorCode::Unregistered));
    }

    /// A registration token of another project's app: 403 `SENDER_ID_MISMATCH`.
    pub fn register_elsewhere(&self, token: &str) {
        self.post.devices.set(token, Some(ErrorCode::SenderIdMismatch));
    }

    /// All access tokens that were made so far are unknown from now on: 401.
    pub fn disown_access_tokens(&self) {
        self.post.tokens.disown();
    }

    /// What it took for delivery.
    #[must_use]
    pub fn deliveries(&self) -> &Deliveries<Message> {
        &self.post.deliveries
    }

    /// What is to go wrong with messages. Addresses are registration tokens.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.post.faults
    }

    /// What is to go wrong with the exchange of tokens. There are no addresses.
    #[must_use]
    pub fn token_faults(&self) -> &Faults {
        &self.post.token_faults
    }

    /// How many requests came but for tokens, whatever became of them.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.post.requests.load(Ordering::SeqCst)
    }

    /// How many requests came for tokens, whatever became of them.
    #[must_use]
    pub fn token_requests(&self) -> usize {
        self.post.token_requests.load(Ordering::SeqCst)
    }

    /// How many access tokens were made.
    #[must_use]
    pub fn access_tokens(&self) -> usize {
        self.post.tokens.count()
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
