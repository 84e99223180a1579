//! Where every request comes in and every answer goes out: a request id, a span, the security headers, the
//! one place where a fault is logged, and the metrics.
//!
//! A panic is a bug that must not be seen as a decision: it is caught here, logged with the request's
//! id, and answered as `internal`. Without this, tokio would catch it a level below: the connection would close
//! without an answer, the worker would live on. What actix refuses before there is a request (a malformed head,
//! a head that doesn't arrive in time) it answers by itself, with an empty 400 or 408.

use std::panic::AssertUnwindSafe;

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use countersign_protocol::ProblemCode;
use futures_util::FutureExt;
use tokio::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

use super::{Edge, HttpFailure, authenticate::Known, parked::ParkedFor};
use crate::{domain::Failure, flows::Context, metrics};

/// The header that tells a caller under which id to find its request in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header that tells phones and workstations the service's time, in Unix milliseconds.
const SERVICE_TIME: HeaderName = HeaderName::from_static("countersign-time");

/// The request's id; in its extensions. Made here always: an id that a caller brings is not believed.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(pub Uuid);

/// The middleware.
pub(super) async fn boundary<B: MessageBody + 'static>(
    edge: web::Data<Edge>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let started = Instant::now();
    let id = edge.request_id();
    let method = method_label(request.method());
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    request.extensions_mut().insert(RequestId(id));

    let span = tracing::info_span!("request", %id, method, route);
    let outcome =
        AssertUnwindSafe(next.call(request)).catch_unwind().instrument(span.clone()).await;
    let outcome = outcome.unwrap_or_else(|panic| Err(panicked(&*panic).into()));

    let _in_span = span.enter();
    match &outcome {
        Ok(answer) => {
            let parked = answer.request().extensions().get::<ParkedFor>().copied();
            let work = started.elapsed().saturating_sub(parked.unwrap_or_default().0);
            let label = metrics::Route { method, route: route.clone() };
            edge.metrics.request_duration.get_or_create(&label).observe(work.as_secs_f64());
            let error = answer.response().error();
            observe_refusal(answer.request(), (method, &route), error);
            report(&edge, method, route, answer.status(), error);
        }
        Err(error) => {
            let status = error.as_response_error().status_code();
            report(&edge, method, route, status, Some(error));
        }
    }
    let now = edge.clock.now().unix_millis();
    outcome.map(|answer| dress(answer, (id, now), edge.drain.is_draining()))
}

/// The methods that routes take; any other word is a stranger's and would be a label of its own.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

fn class_label(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

fn report(
    edge: &Edge,
    method: &'static str,
    route: String,
    status: StatusCode,
    error: Option<&Error>,
) {
    let failure = error.and_then(|error| error.as_error::<HttpFailure>());
    match failure {
        Some(failure) => failure.log(),
        None if status.is_server_error() && error.is_some() => {
            tracing::error!(status = status.as_u16(), "an error that is no failure of ours");
        }
        None => tracing::debug!(status = status.as_u16(), "answered"),
    }
    let code = failure.map_or("", |failure| failure.code().as_str());
    let label = metrics::Answered { method, route, class: class_label(status), code };
    edge.metrics.requests.get_or_create(&label).inc();
}

/// A refusal that no honest client meets by doing its work is an observation in the log of whoever asked.
fn observe_refusal(request: &HttpRequest, (method, route): (&str, &str), error: Option<&Error>) {
    let Some(code) = error.and_then(|error| error.as_error::<HttpFailure>()).map(HttpFailure::code)
    else {
        return;
    };
    let is_telling = matches!(
        code,
        ProblemCode::NotFound
            | ProblemCode::InvalidCredential
            | ProblemCode::NetworkMismatch
            | ProblemCode::TooManyRequests
    );
    let known = request.extensions().get::<Known>().cloned();
    if let (true, Some(known), Some(ctx)) =
        (is_telling, known, request.app_data::<web::Data<Context>>())
    {
        let Known { scope, actor, entity } = known;
        ctx.observe_refusal(scope, (actor, entity), (method, route), code);
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> HttpFailure {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message");
    Failure::Fault(format!("a handler panicked: {message}")).into()
}

/// Puts on the headers that every answer wears.
fn dress<B>(
    mut answer: ServiceResponse<B>,
    (id, now): (Uuid, i64),
    draining: bool,
) -> ServiceResponse<B> {
    if draining {
        answer
            .response_mut()
            .head_mut()
            .set_connection_type(actix_web::http::ConnectionType::Close);
    }
    let headers = answer.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(SERVICE_TIME, HeaderValue::from(now));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    answer
}

#[cfg(test)]
#[path = "boundary_tests.rs"]
mod tests;
