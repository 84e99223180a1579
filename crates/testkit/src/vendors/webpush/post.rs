use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use http::header::{HeaderName, LOCATION};
use http::{Method, StatusCode};

use super::refusal::Refusal;
use super::vapid::{Identity, identify};
use super::{Push, Subscriber, headers};
use crate::vendors::wire::{Outcome, Request, Vendor};
use crate::vendors::{Answer, Clock, Deliveries, Faults, random};

const TTL: HeaderName = HeaderName::from_static("ttl");
/// RFC 8030 section 7.2.
const LONGEST: usize = 4096;
pub(super) const PATH: &str = "/push/";

/// The post office behind the door.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) clock: Clock,
    /// Known once there is a port.
    pub(super) origin: OnceLock<String>,
    subscriptions: Mutex<HashMap<String, Kept>>,
    /// The tokens that were accepted.
    tokens: Mutex<HashSet<String>>,
    pub(super) deliveries: Deliveries<Push>,
    pub(super) faults: Faults,
    pub(super) requests: AtomicUsize,
}

#[derive(Clone, Debug)]
struct Kept {
    subscriber: Subscriber,
    /// The only key that may push (RFC 8292 section 4).
    restricted_to: Option<String>,
    gone: bool,
}

impl Post {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            origin: OnceLock::new(),
            subscriptions: Mutex::default(),
            tokens: Mutex::default(),
            deliveries: Deliveries::new(),
            faults: Faults::default(),
            requests: AtomicUsize::new(0),
        }
    }

    pub(super) fn subscribe(&self, restricted_to: Option<&str>) -> Subscriber {
        let id = random::word();
        let subscriber = Subscriber::new(&format!("{}{PATH}{id}", self.origin()));
        let kept = Kept {
            subscriber: subscriber.clone(),
            restricted_to: restricted_to.map(str::to_owned),
            gone: false,
        };
        self.subscriptions().insert(id, kept);
        subscriber
    }

    pub(super) fn unsubscribe(&self, id: &str) {
        if let Some(kept) = self.subscriptions().get_mut(id) {
            kept.gone = true;
        }
    }

    fn origin(&self) -> &str {
        self.origin.get().map_or("", String::as_str)
    }

    fn push(&self, request: &Request) -> Result<Answer, Refusal> {
        if request.method != Method::POST {
            return Err(Refusal::MethodNotAllowed);
        }
        let kept = self.addressed(&request.path)?;
        let Identity { key, contact, token } = identify(request, self.origin(), self.clock.unix())?;
        self.tokens().insert(token);
        if kept.restricted_to.is_some_and(|only| only != key) {
            return Err(Refusal::BadCredentials("The subscription is for another key"));
        }
        let ttl = headers::ttl(request)?;
        let (urgency, topic) = (headers::urgency(request)?, headers::topic(request)?);
        if request.body.len() > LONGEST {
            return Err(Refusal::TooLarge);
        }
        headers::content_encoding(request)?;
        let location = format!("{}/message/{}", self.origin(), random::word());
        let plaintext = match request.body.as_ref() {
            [] => Ok(Vec::new()),
            body => kept.subscriber.decrypt(body),
        };
        self.deliveries.push(Push {
            endpoint: kept.subscriber.subscription().endpoint,
            ttl,
            urgency,
            topic,
            application_server_key: key,
            contact,
            plaintext,
            body: request.body.clone(),
            location: location.clone(),
            at: self.clock.now(),
            connection: request.connection.number,
        });
        let answer = Answer::empty(StatusCode::CREATED).with(LOCATION, &location);
        Ok(answer.with(TTL, &ttl.to_string()))
    }

    fn addressed(&self, path: &str) -> Result<Kept, Refusal> {
        let kept = path.strip_prefix(PATH).and_then(|id| self.subscriptions().get(id).cloned());
        match kept {
            None => Err(Refusal::Unknown),
            Some(kept) if kept.gone => Err(Refusal::Gone),
            Some(kept) => Ok(kept),
        }
    }

    /// How many different tokens were accepted.
    pub(super) fn count_tokens(&self) -> usize {
        self.tokens().len()
    }

    fn tokens(&self) -> MutexGuard<'_, HashSet<String>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscriptions(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vendor for Post {
    fn judge(&self, request: &Request) -> Outcome {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let address = format!("{}{}", self.origin(), request.path);
        self.faults.around(Some(&address), || self.push(request).unwrap_or_else(Answer::from))
    }
}
