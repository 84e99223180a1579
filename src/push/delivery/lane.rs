//! One channel's way out: how many may wait for it, how many are sent at once, and its circuit.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::circuit::Circuit;
use crate::push::Channel;

/// How many notices may wait for one channel; 400 bytes each. More are given up at once.
const PLACES: usize = 10_000;

pub(super) struct Lane {
    pub(super) channel: Arc<dyn Channel>,
    pub(super) circuit: Circuit,
    places: Arc<Semaphore>,
    at_once: Semaphore,
}

impl Lane {
    pub(super) fn new(channel: Arc<dyn Channel>, at_once: usize) -> Self {
        Self {
            channel,
            circuit: Circuit::default(),
            places: Arc::new(Semaphore::new(PLACES)),
            at_once: Semaphore::new(at_once),
        }
    }

    /// A place to wait in, until it is dropped; `None` if all are taken.
    pub(super) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Leave to send, until it is dropped.
    pub(super) async fn turn(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        self.at_once.acquire().await.ok()
    }

    /// How many wait or are being sent.
    pub(super) fn waiting(&self) -> usize {
        PLACES - self.places.available_permits()
    }
}
