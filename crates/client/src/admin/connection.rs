//! An admin's standing with the service: a bearer token.

use countersign_protocol::wire::Page;
use reqwest::Method;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Answer, Request, Result, Streamed, Transport};

/// An admin of one msp.
#[derive(Clone)]
pub struct Admin {
    transport: Transport,
    token: String,
}

/// Which page of a list.
#[derive(Clone, Debug, Default)]
pub struct Paging {
    /// How many items at most; the service's own limit if absent.
    pub limit: Option<u16>,
    /// The `next` of the page before; the first page if absent.
    pub after: Option<String>,
}

impl Admin {
    /// An admin by an API token, `cs_admin_...`.
    #[must_use]
    pub fn new(transport: Transport, token: impl Into<String>) -> Self {
        Self { transport, token: token.into() }
    }

    /// The way to the service.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Sends a request with this admin's token; an answer of any status is a success.
    ///
    /// # Errors
    /// No answer.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        self.transport.send(request.bearer(&self.token)).await
    }

    /// Sends a request with this admin's token, and reads the answer as it comes.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub async fn open(&self, request: Request) -> Result<Streamed> {
        self.transport.open(request.bearer(&self.token)).await
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.transport.patiently(|| async { self.send(Request::get(path)).await?.json() }).await
    }

    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        paging: &Paging,
    ) -> Result<Page<T>> {
        let mut request = Request::get(path);
        if let Some(limit) = paging.limit {
            request = request.query("limit", limit.to_string());
        }
        if let Some(after) = &paging.after {
            request = request.query("after", after.as_str());
        }
        self.transport.patiently(|| async { self.send(request.clone()).await?.json() }).await
    }

    pub(super) async fn create<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        self.send(Request::post(path).json(body)).await?.json()
    }

    /// Something done to a resource, by a `POST` without a body.
    pub(super) async fn act<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.send(Request::post(path)).await?.json()
    }

    pub(super) async fn delete(&self, path: &str) -> Result<()> {
        self.send(Request::new(Method::DELETE, path)).await?.done()
    }
}
