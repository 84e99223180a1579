use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use h2::Reason;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes to be written when the stream is shut down, if any were left here.
pub(super) type Words = Arc<Mutex<Bytes>>;

/// A stream with last words. `h2` counts every stream it has seen among those that were perhaps processed;
/// that one was not is said by a second GOAWAY with a smaller id (RFC 9113 section 6.8), after its own.
pub(super) struct Parting<S> {
    stream: S,
    words: Words,
}

impl<S> Parting<S> {
    pub(super) fn new(stream: S, words: Words) -> Self {
        Self { stream, words }
    }
}

/// A GOAWAY frame (RFC 9113 section 6.8).
pub(super) fn goaway(last: u32, reason: Reason) -> Bytes {
    const LENGTH_TYPE_FLAGS_STREAM: [u8; 9] = [0, 0, 8, 7, 0, 0, 0, 0, 0];
    let (last, reason) = (last.to_be_bytes(), u32::from(reason).to_be_bytes());
    [&LENGTH_TYPE_FLAGS_STREAM[..], &last, &reason].concat().into()
}

impl<S: AsyncRead + Unpin> AsyncRead for Parting<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Parting<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, words } = self.get_mut();
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        while words.has_remaining() {
            let written = ready!(Pin::new(&mut *stream).poll_write(context, &words))?;
            words.advance(written);
        }
        Pin::new(stream).poll_shutdown(context)
    }
}
