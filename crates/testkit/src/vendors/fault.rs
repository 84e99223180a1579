use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::wire::{Answer, Manner, Outcome};

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This instead of the vendor's own answer; nothing is delivered.
    Answer(Answer),
    /// The connection breaks before the vendor has looked at the request: nothing is delivered.
    Unprocessed(Break),
    /// The request is judged and perhaps delivered, and then the answer is lost.
    Unanswered(Break),
    /// The vendor's own answer, its body byte by byte, with this pause before each.
    Trickle(Duration),
    /// The vendor's own answer, after which it takes no more on this connection: GOAWAY (NO_ERROR) by
    /// HTTP/2 (RFC 9113 section 6.8), `Connection: close` by HTTP/1.1.
    LastAnswer,
}

/// How an answer fails to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// HTTP/2: GOAWAY with this error code (RFC 9113 section 7; 0 is NO_ERROR, 2 INTERNAL_ERROR, 11
    /// ENHANCE_YOUR_CALM) and the end of the connection in mid-stream. The frame says whether the request
    /// was perhaps processed (`Unanswered`) or certainly not (`Unprocessed`), in which case it may be sent
    /// again. Other streams that are open end with the connection. HTTP/1.1: the connection just ends.
    GoAway(u32),
    /// HTTP/2: RST_STREAM with this error code (7 is REFUSED_STREAM: certainly not processed). HTTP/1.1:
    /// the connection just ends.
    ResetStream(u32),
    /// A TCP reset, which takes everything on the connection with it.
    ResetConnection,
    /// Silence on an open connection, for as long as the client bears it (at most ten minutes).
    Stall,
}

impl From<Answer> for Fault {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// The faults still to come. Those of an address come before those of the next requests.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Script>);

#[derive(Debug, Default)]
struct Script {
    next: VecDeque<Fault>,
    by_address: HashMap<String, Fault>,
}

impl Faults {
    /// The `n` next requests, after those that were already told to fail, meet this fault.
    pub fn next(&self, n: usize, fault: impl Into<Fault>) {
        let fault = fault.into();
        self.script().next.extend(std::iter::repeat_n(fault, n));
    }

    /// Every request for this address (device token, registration token, subscription) meets this fault.
    pub fn at(&self, address: &str, fault: impl Into<Fault>) {
        self.script().by_address.insert(address.to_owned(), fault.into());
    }

    /// All goes well again.
    pub fn clear(&self) {
        *self.script() = Script::default();
    }

    /// How many of the next requests are still to fail.
    #[must_use]
    pub fn left(&self) -> usize {
        self.script().next.len()
    }

    /// What becomes of a request for `address` that is judged by `judge`.
    pub(crate) fn around(&self, address: Option<&str>, judge: impl FnOnce() -> Answer) -> Outcome {
        match self.take(address) {
            None => judge().into(),
            Some(Fault::Answer(answer)) => answer.into(),
            Some(Fault::Unprocessed(how)) => Outcome::broken(how, false),
            Some(Fault::Unanswered(how)) => {
                judge();
                Outcome::broken(how, true)
            }
            Some(Fault::Trickle(pause)) => {
                Outcome { answer: judge(), manner: Manner::Trickle(pause) }
            }
            Some(Fault::LastAnswer) => Outcome { answer: judge(), manner: Manner::Last },
        }
    }

    fn take(&self, address: Option<&str>) -> Option<Fault> {
        let mut script = self.script();
        let own = address.and_then(|address| script.by_address.get(address)).cloned();
        own.or_else(|| script.next.pop_front())
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
