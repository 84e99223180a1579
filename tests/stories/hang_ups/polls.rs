//! A caller who goes away in the middle.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// Polls a future so many times, and then hangs up.
pub struct HangUp<F> {
    inner: Pin<Box<F>>,
    polls: usize,
}

impl<F: Future> HangUp<F> {
    /// `inner`, until it was polled `polls` times.
    pub fn after(polls: usize, inner: F) -> Self {
        Self { inner: Box::pin(inner), polls }
    }
}

impl<F: Future> Future for HangUp<F> {
    type Output = Option<F::Output>;
    fn poll(mut self: Pin<&mut Self>, waker: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        match self.inner.as_mut().poll(waker) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // Hang up at once after the last poll, while whatever it began is under way.
            Poll::Pending if self.polls == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
