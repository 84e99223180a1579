//! A connection of HTTP/1.1.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONNECTION;
use http::{Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;

use super::answer::{Manner, Outcome};
use super::http2::LONGEST_STALL;
use super::listener::End;
use super::request::MOST_BODY;
use super::trickle::Trickle;
use super::{Answer, Connection, Request, Vendor};
use crate::vendors::Break;

const HEADER_PATIENCE: Duration = Duration::from_secs(60);
const BODY_PATIENCE: Duration = Duration::from_secs(10);

type Body = UnsyncBoxBody<Bytes, Infallible>;

pub(super) async fn serve(
    stream: TlsStream<TcpStream>,
    vendor: Arc<dyn Vendor>,
    connection: Arc<Connection>,
) -> End {
    let (ends, mut ended) = mpsc::unbounded_channel();
    let service = service_fn(move |request| {
        let (vendor, connection, ends) = (vendor.clone(), connection.clone(), ends.clone());
        async move { Ok::<_, Infallible>(answer(request, &*vendor, connection, &ends).await) }
    });
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_PATIENCE);
    tokio::select! {
        // A client that broke off is nobody's concern.
        _ = builder.serve_connection(TokioIo::new(stream), service) => End::Closed,
        Some(end) = ended.recv() => end,
    }
}

async fn answer(
    request: http::Request<Incoming>,
    vendor: &dyn Vendor,
    connection: Arc<Connection>,
    ends: &mpsc::UnboundedSender<End>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Some(body) = whole(body).await else {
        return whole_answer(&Answer::empty(StatusCode::BAD_REQUEST).with(CONNECTION, "close"));
    };
    let Outcome { answer, manner } = vendor.judge(&Request::new(parts, body, connection));
    match manner {
        Manner::Whole => whole_answer(&answer),
        Manner::Last => whole_answer(&answer.with(CONNECTION, "close")),
        Manner::Trickle(pause) => {
            let body = Trickle::new(answer.body.clone(), pause).boxed_unsync();
            response(&answer, body)
        }
        Manner::Broken { how, .. } => {
            let _ = match how {
                Break::Stall => Ok(()),
                Break::ResetConnection => ends.send(End::Reset),
                Break::GoAway(_) | Break::ResetStream(_) => ends.send(End::Closed),
            };
            sleep(LONGEST_STALL).await;
            whole_answer(&Answer::empty(StatusCode::REQUEST_TIMEOUT))
        }
    }
}

/// The body; one that is too long for every vendor as so many bytes that it shows; none if it broke.
async fn whole(body: Incoming) -> Option<Bytes> {
    match timeout(BODY_PATIENCE, Limited::new(body, MOST_BODY).collect()).await.ok()? {
        Ok(body) => Some(body.to_bytes()),
        Err(error) => error.is::<LengthLimitError>().then(|| vec![0; MOST_BODY].into()),
    }
}

fn whole_answer(answer: &Answer) -> Response<Body> {
    let body = Full::new(answer.body.clone()).boxed_unsync();
    response(answer, body)
}

fn response(answer: &Answer, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers.clone();
    response
}
