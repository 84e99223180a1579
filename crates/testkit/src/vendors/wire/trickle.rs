use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::time::{Sleep, sleep};

/// A body of HTTP/1.1 that comes byte by byte.
pub(super) struct Trickle {
    left: Bytes,
    pause: Duration,
    pausing: Pin<Box<Sleep>>,
}

impl Trickle {
    pub(super) fn new(left: Bytes, pause: Duration) -> Self {
        Self { left, pause, pausing: Box::pin(sleep(pause)) }
    }
}

impl Body for Trickle {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.pausing.as_mut().poll(context));
        self.pausing = Box::pin(sleep(self.pause));
        let byte = self.left.split_to(1);
        Poll::Ready(Some(Ok(Frame::data(byte))))
    }
}
