use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::AUTHORIZATION;
use http::{HeaderName, Method, StatusCode};

use super::devices::Devices;
use super::headers::{Headers, id};
use super::payload::payload;
use super::provider_tokens::ProviderTokens;
use super::reason::Refusal;
use super::{Account, Notification, Reason};
use crate::vendors::wire::{Outcome, Request, Vendor};
use crate::vendors::{Answer, Clock, Deliveries, Faults, random};

const APNS_ID: HeaderName = HeaderName::from_static("apns-id");

/// The post office behind the door.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) account: Account,
    pub(super) clock: Clock,
    pub(super) tokens: ProviderTokens,
    pub(super) devices: Devices,
    pub(super) deliveries: Deliveries<Notification>,
    pub(super) faults: Faults,
    pub(super) requests: AtomicUsize,
}

impl Post {
    pub(super) fn new(account: Account, clock: Clock) -> Self {
        Self {
            tokens: ProviderTokens::new(account.clone()),
            account,
            clock,
            devices: Devices::default(),
            deliveries: Deliveries::new(),
            faults: Faults::default(),
            requests: AtomicUsize::new(0),
        }
    }

    fn deliver(&self, request: &Request, made_id: &str) -> Result<(), Refusal> {
        let device = admitted(request)?;
        let headers = self.trusted(request)?;
        let payload = payload(&request.body, headers.push_type)?;
        self.devices.reach(device, &headers.topic)?;
        let mut kept = request.headers.clone();
        kept.remove(AUTHORIZATION);
        self.deliveries.push(Notification {
            device: device.to_owned(),
            id: headers.id.unwrap_or_else(|| made_id.to_owned()),
            topic: headers.topic,
            push_type: headers.push_type,
            priority: headers.priority,
            expiration: headers.expiration,
            collapse_id: headers.collapse_id,
            payload,
            body: request.body.clone(),
            headers: kept,
            at: self.clock.now(),
            connection: request.connection.number,
        });
        Ok(())
    }

    /// The headers of a request whose provider token is good.
    fn trusted(&self, request: &Request) -> Result<Headers, Reason> {
        let token = request.credentials("bearer").ok_or(Reason::MissingProviderToken)?;
        self.tokens.accept(token, self.clock.now())?;
        request.connection.trust();
        let headers = Headers::parse(&request.headers)?;
        if headers.topic == self.account.topic() {
            Ok(headers)
        } else {
            Err(Reason::TopicDisallowed)
        }
    }
}

impl Vendor for Post {
    fn judge(&self, request: &Request) -> Outcome {
        self.requests.fetch_add(1, Ordering::SeqCst);
        // Whatever the answer, it has the request's id, or one that is made for it.
        let own_id = request.header("apns-id").and_then(id);
        let id = own_id.unwrap_or_else(|| random::uuid().to_string().to_uppercase());
        let address = request.path.strip_prefix(PATH);
        let mut judged = false;
        let mut outcome = self.faults.around(address, || {
            judged = true;
            match self.deliver(request, &id) {
                Ok(()) => Answer::empty(StatusCode::OK),
                Err(refusal) => refusal.into(),
            }
        });
        if !judged && outcome.answer.body == Reason::ExpiredProviderToken.answer().body {
            self.tokens.called_expired(self.clock.now());
        }
        outcome.answer = outcome.answer.with(APNS_ID, &id);
        outcome
    }

    fn has_one_stream_at_first(&self) -> bool {
        true
    }
}

const PATH: &str = "/3/device/";

/// The device token of a request that is one.
fn admitted(request: &Request) -> Result<&str, Reason> {
    if request.method != Method::POST {
        return Err(Reason::MethodNotAllowed);
    }
    match request.path.strip_prefix(PATH) {
        Some("") => Err(Reason::MissingDeviceToken),
        Some(device) if !device.contains('/') => Ok(device),
        _ => Err(Reason::BadPath),
    }
}
