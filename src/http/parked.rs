//! Parking a request: counted while it waits, and its waiting is not taken for work.

use std::{future::Future, time::Duration};

use actix_web::{HttpMessage, HttpRequest};
use prometheus_client::metrics::gauge::Gauge;
use tokio::time::Instant;

use super::Edge;

/// How long this request has been parked.
#[derive(Clone, Copy, Default)]
pub(super) struct ParkedFor(pub(super) Duration);

/// Counts one parked request as long as it lives: also when the client hangs up and its future is dropped.
pub(super) struct Held(Gauge);

impl Held {
    pub(super) fn one(parked: &Gauge) -> Self {
        parked.inc();
        Self(parked.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Parks the request until `wait` ends. Bounding the wait is the caller's.
pub async fn parked<T>(request: &HttpRequest, edge: &Edge, wait: impl Future<Output = T>) -> T {
    let held = Held::one(&edge.metrics.parked);
    let since = Instant::now();
    let news = wait.await;
    drop(held);
    let mut extensions = request.extensions_mut();
    let before = extensions.get::<ParkedFor>().copied().unwrap_or_default();
    extensions.insert(ParkedFor(before.0 + since.elapsed()));
    news
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use actix_web::test::TestRequest;
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_parked_request_is_counted_until_it_ends_or_its_client_hangs_up() {
        let (edge, request) = (Edge::standing(), TestRequest::get().to_http_request());
        let mut waiting = Box::pin(parked(&request, &edge, pending::<()>()));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert_eq!(edge.metrics.parked.get(), 1);
        drop(waiting);
        assert_eq!(edge.metrics.parked.get(), 0);
        parked(&request, &edge, async {}).await;
        assert_eq!(edge.metrics.parked.get(), 0);
    }

    #[tokio::test]
    async fn all_waits_of_a_request_add_up() {
        let (edge, request) = (Edge::standing(), TestRequest::get().to_http_request());
        let hour = Duration::from_secs(3600);
        request.extensions_mut().insert(ParkedFor(hour));
        parked(&request, &edge, tokio::task::yield_now()).await;
        assert!(request.extensions().get::<ParkedFor>().unwrap().0 > hour);
    }
}
