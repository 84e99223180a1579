//! Waiting for a change (`Prefer: wait=N` with `If-None-Match`, RFC 7240 section 4.3), over as many
//! requests as it takes.

use std::time::Duration;

use reqwest::StatusCode;
use tokio::time::{Instant as Timer, timeout_at};

use crate::{Answer, Backoff, Error, Result};

/// The longest that the service parks one request.
const LONGEST_ASK: Duration = Duration::from_secs(30);
/// A wait that ends sooner, unchanged, was cut short.
const CUT_SHORT: Duration = Duration::from_secs(1);

/// What one request of a wait heard.
#[derive(Debug)]
pub enum Heard<T> {
    /// Something new.
    Changed(T),
    /// Nothing new.
    Unchanged {
        /// True if the server ended the connection as well: it shuts down, and a pause is due.
        closing: bool,
    },
}

impl Heard<Answer> {
    /// What this answer to a waiting request means.
    ///
    /// # Errors
    /// The refusal, if it is one.
    pub fn in_answer(answer: Answer) -> Result<Self> {
        if answer.status == StatusCode::NOT_MODIFIED {
            Ok(Self::Unchanged { closing: answer.closes() })
        } else if answer.status.is_success() {
            Ok(Self::Changed(answer))
        } else {
            Err(answer.error())
        }
    }
}

/// Asks until something changed, for at most `total`; `None` if nothing did. `ask` is given how long the
/// service may park it, in whole seconds.
///
/// Requests that got no answer, and those refused with 429, 502, 503 or 504, are repeated after a pause.
/// So is one that a server which shuts down answered early.
///
/// # Errors
/// A refusal that waiting does not mend; or the last failure, if the time ended in failures.
pub async fn until_changed<T, F, Fut>(
    total: Duration,
    mut backoff: Backoff,
    mut ask: F,
) -> Result<Option<T>>
where
    F: FnMut(Duration) -> Fut,
    Fut: Future<Output = Result<Heard<T>>>,
{
    let end = Timer::now() + total;
    let mut failure = None;
    let mut first = true;
    loop {
        let started = Timer::now();
        let left = Duration::from_secs(end.saturating_duration_since(started).as_secs());
        if left.is_zero() && !first {
            return failure.map_or(Ok(None), Err);
        }
        first = false;
        let asked = left.min(LONGEST_ASK);
        // A first ask with no time to wait is still an ask: it is bound by its own timeout alone.
        let heard = if asked.is_zero() {
            ask(asked).await
        } else {
            match timeout_at(end, ask(asked)).await {
                Ok(heard) => heard,
                Err(_) => return failure.map_or(Ok(None), Err),
            }
        };
        let pause = match heard {
            Ok(Heard::Changed(value)) => return Ok(Some(value)),
            Ok(Heard::Unchanged { closing }) => {
                failure = None;
                if !closing && started.elapsed() >= CUT_SHORT {
                    backoff.reset();
                    continue;
                }
                backoff.next(None)
            }
            Err(error) if mends(&error) => {
                let pause = backoff.next(error.retry_after());
                failure = Some(error);
                pause
            }
            Err(error) => return Err(error),
        };
        if Timer::now() + pause >= end {
            return failure.map_or(Ok(None), Err);
        }
        tokio::time::sleep(pause).await;
    }
}

fn mends(error: &Error) -> bool {
    error.is_transient() || error.status() == Some(StatusCode::TOO_MANY_REQUESTS.as_u16())
}
