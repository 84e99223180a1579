//! Workstations that wait for their state documents, and when each had it.

use std::{collections::HashSet, sync::Arc, time::Duration};

use countersign_client::{Error, Heard, Request, Workstation};
use countersign_protocol::wire::state::{StateDocument, StateVersion};
use countersign_testkit::SoftWorkstation;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::{Instant as Timer, sleep, timeout},
};

use crate::Failure;

const STATE: &str = "/desktop/v1/state";
/// As long as one request may wait.
const WAIT: Duration = Duration::from_secs(30);
/// They begin to wait over this time, so that they do not all come back at once.
const SPREAD: Duration = Duration::from_secs(30);
/// One in so many opens what is sealed to it: the machine is the service's too.
const OPENS: usize = 50;

/// The waits, until it is dropped.
pub struct Waiting {
    _waits: JoinSet<()>,
    news: UnboundedReceiver<Result<(usize, Timer), Error>>,
    count: usize,
}

impl Waiting {
    /// Lets every workstation wait, one after the other; returns when the last has begun.
    pub async fn begin(desks: Vec<Arc<SoftWorkstation>>) -> Result<Self, Failure> {
        let (heard, news) = unbounded_channel();
        let count = desks.len();
        let mut waits = JoinSet::new();
        let pause = SPREAD / u32::try_from(count)?.max(1);
        for (number, desk) in desks.into_iter().enumerate() {
            let known = desk.workstation.state().await?.document.version;
            waits.spawn(wait_for_ever(number, desk, known, heard.clone()));
            sleep(pause).await;
        }
        Ok(Self { _waits: waits, news, count })
    }

    /// When each first heard of another document after `began`, in the order in which they did.
    pub async fn all_heard(&mut self, began: Timer) -> Result<Vec<Timer>, Failure> {
        let mut heard = Vec::with_capacity(self.count);
        let mut those = HashSet::new();
        while heard.len() < self.count {
            let late = || format!("only {} of {} have heard of it", heard.len(), self.count);
            let news = timeout(Duration::from_secs(120), self.news.recv()).await;
            let (desk, at) = news.map_err(|_| late())?.ok_or_else(late)??;
            if at >= began && those.insert(desk) {
                heard.push(at);
            }
        }
        Ok(heard)
    }
}

async fn wait_for_ever(
    number: usize,
    desk: Arc<SoftWorkstation>,
    mut known: StateVersion,
    heard: UnboundedSender<Result<(usize, Timer), Error>>,
) {
    loop {
        let news = match wait(&desk.workstation, known).await {
            Ok(None) => continue,
            Ok(Some(version)) => {
                let at = Timer::now();
                known = version;
                let opens = number.is_multiple_of(OPENS);
                let opened = if opens { desk.workstation.state().await.map(drop) } else { Ok(()) };
                opened.map(|()| (number, at))
            }
            Err(error) => Err(error),
        };
        if heard.send(news).is_err() {
            return;
        }
    }
}

/// The version of the next document; `None` if none came in the time of a request.
async fn wait(at: &Workstation, known: StateVersion) -> Result<Option<StateVersion>, Error> {
    let etag = format!("\"{}\"", known.sum());
    let answer = at.send(Request::get(STATE).waiting(&etag, WAIT)).await?;
    Ok(match Heard::in_answer(answer)? {
        Heard::Changed(answer) => Some(answer.json::<StateDocument>()?.version),
        Heard::Unchanged { .. } => None,
    })
}
