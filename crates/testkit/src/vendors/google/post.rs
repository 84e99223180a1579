use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::access_tokens::AccessTokens;
use super::devices::Devices;
use super::error::{status_answer, unauthenticated};
use super::message::{Parsed, Refusal, parse};
use super::{Message, ServiceAccount, assertion};
use crate::vendors::wire::{Outcome, Request, Vendor};
use crate::vendors::{Answer, Clock, Deliveries, Faults, random};

/// Where tokens are exchanged.
pub(super) const TOKEN_PATH: &str = "/token";

/// The post office behind the door.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) account: ServiceAccount,
    pub(super) clock: Clock,
    /// Known once there is a port.
    pub(super) token_uri: OnceLock<String>,
    pub(super) tokens: AccessTokens,
    pub(super) devices: Devices,
    pub(super) deliveries: Deliveries<Message>,
    pub(super) faults: Faults,
    pub(super) token_faults: Faults,
    pub(super) requests: AtomicUsize,
    pub(super) token_requests: AtomicUsize,
}

impl Post {
    pub(super) fn new(account: ServiceAccount, clock: Clock) -> Self {
        Self {
            account,
            clock,
            token_uri: OnceLock::new(),
            tokens: AccessTokens::default(),
            devices: Devices::default(),
            deliveries: Deliveries::new(),
            faults: Faults::default(),
            token_faults: Faults::default(),
            requests: AtomicUsize::new(0),
            token_requests: AtomicUsize::new(0),
        }
    }

    fn exchange(&self, request: &Request) -> Answer {
        let token_uri = self.token_uri.get().map_or("", String::as_str);
        match assertion::check(request, &self.account, token_uri, self.clock.unix()) {
            Ok(()) => self.tokens.answer(self.clock.now()),
            Err(refusal) => refusal.into(),
        }
    }

    fn send(&self, request: &Request) -> Result<Answer, Refusal> {
        self.admitted(request)?;
        let project = self.account.project();
        let id = format!("0:{}%{}", random::hex::<8>(), random::hex::<4>());
        let name = format!("projects/{project}/messages/{id}");
        let Parsed { mut message, validate_only } =
            parse(&request.body, name.clone(), self.clock.now())?;
        self.devices.reach(&message.token)?;
        if !validate_only {
            message.connection = request.connection.number;
            self.deliveries.push(message);
        }
        Ok(Answer::json(StatusCode::OK, &json!({ "name": name })))
    }

    /// Lets a request of the project's with a good access token in.
    fn admitted(&self, request: &Request) -> Result<(), Refusal> {
        let named = request
            .path
            .strip_prefix("/v1/projects/")
            .and_then(|path| path.strip_suffix("/messages:send"));
        let project = match named {
            Some(project) if request.method == Method::POST && !project.contains('/') => project,
            _ => return Err(status_answer("NOT_FOUND", "Not found.", &[]).into()),
        };
        let good = request
            .credentials("bearer")
            .is_some_and(|token| self.tokens.is_good(token, self.clock.now()));
        if !good {
            return Err(unauthenticated().into());
        }
        if project != self.account.project() {
            let message = "Permission 'cloudmessaging.messages.create' denied on resource.";
            return Err(status_answer("PERMISSION_DENIED", message, &[]).into());
        }
        Ok(())
    }
}

impl Vendor for Post {
    fn judge(&self, request: &Request) -> Outcome {
        if request.path == TOKEN_PATH {
            self.token_requests.fetch_add(1, Ordering::SeqCst);
            return self.token_faults.around(None, || self.exchange(request));
        }
        self.requests.fetch_add(1, Ordering::SeqCst);
        let address = addressed(&request.body);
        self.faults
            .around(address.as_deref(), || self.send(request).unwrap_or_else(|refusal| *refusal))
    }
}

/// The registration token of a body, whatever else is wrong with it.
fn addressed(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(body.pointer("/message/token")?.as_str()?.to_owned())
}
