//! One channel's way out: how many may wait for it, how many are sent at once, and its circuits.

use std::sync::Arc;

use countersign_protocol::wire::mobile::PushAddress;
use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::circuit::Circuit;
use crate::push::Channel;

/// How many notices may wait for one channel; 400 bytes each. More are given up at once.
const PLACES: usize = 10_000;
/// How many servers' circuits are remembered. Phones name the servers of Web Push: one that is gone must not keep
/// the others from being reached.
const CIRCUITS: u64 = 1_000;

pub(super) struct Lane {
    pub(super) channel: Arc<dyn Channel>,
    circuits: Cache<String, Arc<Circuit>>,
    places: Arc<Semaphore>,
    at_once: Semaphore,
}

impl Lane {
    pub(super) fn new(channel: Arc<dyn Channel>, at_once: usize) -> Self {
        Self {
            channel,
            circuits: Cache::new(CIRCUITS),
            places: Arc::new(Semaphore::new(PLACES)),
            at_once: Semaphore::new(at_once),
        }
    }

    /// The circuit of the server that this address leads to.
    pub(super) fn circuit(&self, to: &PushAddress) -> Arc<Circuit> {
        let server = match to {
            PushAddress::WebPush { endpoint, .. } => Url::parse(endpoint)
                .map_or_else(|_| String::new(), |url| url.origin().ascii_serialization()),
            // A phone says by itself which of the two is its own.
            PushAddress::Apns { sandbox: true, .. } => "sandbox".to_owned(),
            PushAddress::Apns { .. } | PushAddress::Fcm { .. } => String::new(),
        };
        self.circuits.get_with(server, Arc::default)
    }

    /// A place to wait in, until it is dropped; `None` if all are taken.
    pub(super) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Leave to send, until it is dropped.
    pub(super) async fn turn(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        self.at_once.acquire().await.ok()
    }

    /// Ends when none waits and none is being sent.
    pub(super) async fn emptied(&self) {
        let _ = self.places.acquire_many(PLACES as u32).await;
    }

    /// How many wait or are being sent.
    pub(super) fn waiting(&self) -> usize {
        PLACES - self.places.available_permits()
    }
}
