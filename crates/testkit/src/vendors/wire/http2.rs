//! A connection of HTTP/2, on the `h2` crate itself: hyper would not let it misbehave.

use std::future::poll_fn;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::server::{Builder, SendResponse};
use h2::{Reason, RecvStream};
use http::Response;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;

use super::answer::{Manner, Outcome};
use super::listener::End;
use super::parting::{Parting, Words, goaway};
use super::request::MOST_BODY;
use super::{Answer, Connection, Request, Vendor};
use crate::vendors::Break;

const PREFACE_PATIENCE: Duration = Duration::from_secs(10);
const BODY_PATIENCE: Duration = Duration::from_secs(10);
/// The longest silence, of a stall and of a client that stops reading.
pub(super) const LONGEST_STALL: Duration = Duration::from_secs(600);
/// As Apple's: so many that one connection carries a provider's load.
const STREAMS: u32 = 1000;
/// Room for the bodies of all streams at once. In a smaller window they come in pieces, and h2 takes many small
/// frames for an attack.
const WINDOW: u32 = 8 * 1024 * 1024;

/// What a stream asks of its connection.
#[derive(Debug)]
enum Order {
    /// GOAWAY now, and the end. Streams after this one, if it is named, were certainly not processed.
    Break(Reason, Option<u32>),
    /// GOAWAY after the streams that are open.
    Finish,
    /// A TCP reset.
    Reset,
}

pub(super) async fn serve(
    stream: TlsStream<TcpStream>,
    vendor: Arc<dyn Vendor>,
    connection: Arc<Connection>,
) -> End {
    let mut builder = Builder::new();
    builder.max_concurrent_streams(STREAMS).max_send_buffer_size(MOST_BODY);
    builder.initial_connection_window_size(WINDOW);
    let words = Words::default();
    let stream = Parting::new(stream, words.clone());
    let handshake = timeout(PREFACE_PATIENCE, builder.handshake::<_, Bytes>(stream));
    let Ok(Ok(mut h2)) = handshake.await else { return End::Closed };
    let (orders, mut ordered) = mpsc::unbounded_channel();
    let mut streams = JoinSet::new();
    loop {
        tokio::select! {
            // Orders first: an answer that is to be lost must not slip out.
            biased;
            Some(order) = ordered.recv() => match order {
                Order::Break(reason, last) => {
                    if let Some(last) = last {
                        *words.lock().unwrap_or_else(PoisonError::into_inner) = goaway(last, reason);
                    }
                    h2.abrupt_shutdown(reason);
                }
                Order::Finish => h2.graceful_shutdown(),
                Order::Reset => return End::Reset,
            },
            accepted = h2.accept() => match accepted {
                Some(Ok((request, mut respond))) => {
                    if connection.enter(vendor.has_one_stream_at_first()) {
                        let (vendor, connection) = (vendor.clone(), connection.clone());
                        streams.spawn(answer(request, respond, vendor, connection, orders.clone()));
                    } else {
                        respond.send_reset(Reason::REFUSED_STREAM);
                    }
                }
                Some(Err(_)) | None => return End::Closed,
            },
            Some(_) = streams.join_next() => {}
        }
    }
}

async fn answer(
    request: http::Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    vendor: Arc<dyn Vendor>,
    connection: Arc<Connection>,
    orders: mpsc::UnboundedSender<Order>,
) {
    let (parts, body) = request.into_parts();
    let Ok(Some(body)) = timeout(BODY_PATIENCE, whole(body)).await else {
        connection.leave();
        respond.send_reset(Reason::CANCEL);
        return;
    };
    let Outcome { answer, manner } = vendor.judge(&Request::new(parts, body, connection.clone()));
    if matches!(manner, Manner::Broken { how: Break::Stall, .. }) {
        stall(&mut respond).await;
        connection.leave();
        return;
    }
    // Before the answer is on its way: the next request may come with its arrival.
    connection.leave();
    match manner {
        Manner::Whole => send(&mut respond, answer),
        Manner::Last => {
            let _ = orders.send(Order::Finish);
            send(&mut respond, answer);
        }
        Manner::Trickle(pause) => trickle(&mut respond, answer, pause).await,
        Manner::Broken { how: Break::ResetStream(code), .. } => respond.send_reset(code.into()),
        Manner::Broken { how, processed } => {
            let _ = match how {
                Break::GoAway(code) => {
                    // Clients' streams have odd ids.
                    let before = respond.stream_id().as_u32().saturating_sub(2);
                    orders.send(Order::Break(code.into(), (!processed).then_some(before)))
                }
                Break::ResetConnection => orders.send(Order::Reset),
                Break::ResetStream(_) | Break::Stall => Ok(()),
            };
            // The stream stays open until its connection ends.
            sleep(LONGEST_STALL).await;
        }
    }
}

/// Until the client gives the stream up.
async fn stall(respond: &mut SendResponse<Bytes>) {
    let _ = timeout(LONGEST_STALL, poll_fn(|context| respond.poll_reset(context))).await;
}

/// The body, cut off where it is too long for every vendor; none if the stream broke.
async fn whole(mut body: RecvStream) -> Option<Bytes> {
    let mut read = BytesMut::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.ok()?;
        let _ = body.flow_control().release_capacity(chunk.len());
        read.extend_from_slice(&chunk);
        if read.len() > MOST_BODY {
            break;
        }
    }
    Some(read.freeze())
}

fn head(answer: &Answer) -> Response<()> {
    let mut head = Response::new(());
    *head.status_mut() = answer.status;
    *head.headers_mut() = answer.headers.clone();
    head
}

/// An error here is a client that has gone.
fn send(respond: &mut SendResponse<Bytes>, answer: Answer) {
    let Ok(mut body) = respond.send_response(head(&answer), answer.body.is_empty()) else { return };
    if !answer.body.is_empty() {
        let _ = body.send_data(answer.body, true);
    }
}

async fn trickle(respond: &mut SendResponse<Bytes>, answer: Answer, pause: Duration) {
    let Ok(mut body) = respond.send_response(head(&answer), false) else { return };
    for byte in answer.body {
        sleep(pause).await;
        if body.send_data(Bytes::from(vec![byte]), false).is_err() {
            return;
        }
    }
    let _ = body.send_data(Bytes::new(), true);
}
