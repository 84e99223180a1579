//! Calls to addresses that somebody gave.

use std::sync::Arc;

use countersign_protocol::Instant;
use ipnet::IpNet;
use reqwest::{
    Method, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use super::{Answer, Bounds, Guard, Loss, NotAdmitted, Protocol, Transport, Unusable};

/// What is done there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// POST.
    Post,
    /// PUT.
    Put,
    /// GET.
    Get,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// What is done.
    pub verb: Verb,
    /// Where.
    pub address: &'a str,
    /// Headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Calls addresses that a guard admits.
#[derive(Clone, Debug)]
pub struct Caller {
    transport: Transport,
    guard: Guard,
}

impl Caller {
    /// A caller within these bounds, to public addresses and to those of `allowed`.
    ///
    /// # Errors
    /// The roots can't be read.
    pub fn new(bounds: Bounds<'_>, allowed: &[IpNet]) -> Result<Self, Unusable> {
        let guard = Guard::new(allowed);
        let resolver = Arc::new(guard.clone());
        let transport = Transport::new(bounds, Protocol::Negotiated, Some(resolver))?;
        Ok(Self { transport, guard })
    }

    /// The host of an address, if it has the form of one that may be called.
    ///
    /// # Errors
    /// It is never called.
    pub fn host(&self, address: &str) -> Result<String, NotAdmitted> {
        let url = self.guard.admit(address)?;
        url.host_str().map(str::to_owned).ok_or(NotAdmitted::Malformed)
    }

    /// Calls. An answer of any status is one, a redirect too.
    ///
    /// # Errors
    /// Why there is none, in a word.
    pub async fn call(&self, call: Call<'_>, now: Instant) -> Result<Answer, &'static str> {
        let url: Url = self.guard.admit(call.address).map_err(|why| match why {
            NotAdmitted::Malformed => "malformed",
            NotAdmitted::Forbidden => "endpoint_forbidden",
        })?;
        let mut headers = HeaderMap::new();
        for (name, value) in call.headers {
            let value = HeaderValue::from_str(&value).map_err(|_| "bad_header")?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let method = match call.verb {
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
            Verb::Get => Method::GET,
        };
        let answer = self.transport.send(method, url, headers, call.body, now).await;
        answer.map_err(|loss| match loss {
            Loss::Connection => "connection",
            Loss::Timeout => "timeout",
            Loss::Unprocessed => "unprocessed",
        })
    }
}
