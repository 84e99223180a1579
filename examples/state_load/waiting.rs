//! Workstations that wait for their state documents, and when each had it.

use std::{collections::HashSet, sync::Arc, time::Duration};

use countersign_client::{Error, Heard, Request, Workstation};
use countersign_protocol::wire::state::{Applied, StateDocument, StateVersion};
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

/// A workstation has another document.
#[derive(Clone, Copy)]
pub struct News {
    desk: usize,
    /// When it had it.
    pub heard: Timer,
    /// When it had said that it applied it; when it had it, if it does not say.
    pub done: Timer,
}

/// The waits, until it is dropped.
pub struct Waiting {
    _waits: JoinSet<()>,
    news: UnboundedReceiver<Result<News, Error>>,
    count: usize,
}

impl Waiting {
    /// Lets every workstation wait, one after the other; returns when the last has begun.
    pub async fn begin(desks: Vec<Arc<SoftWorkstation>>, apply: bool) -> Result<Self, Failure> {
        let (heard, news) = unbounded_channel();
        let count = desks.len();
        let mut waits = JoinSet::new();
        let pause = SPREAD / u32::try_from(count)?.max(1);
        for (number, desk) in desks.into_iter().enumerate() {
            if apply {
                // The first time makes its recovery code, and another document.
                desk.sync().await?;
            }
            let known = desk.workstation.state().await?.document.version;
            waits.spawn(wait_for_ever((number, desk), known, apply, heard.clone()));
            sleep(pause).await;
        }
        Ok(Self { _waits: waits, news, count })
    }

    /// When each first had another document after `began`, in the order in which they told.
    pub async fn all_heard(&mut self, began: Timer) -> Result<Vec<News>, Failure> {
        let mut heard = Vec::with_capacity(self.count);
        let mut those = HashSet::new();
        while heard.len() < self.count {
            let late = || format!("only {} of {} have heard of it", heard.len(), self.count);
            let news = timeout(Duration::from_secs(120), self.news.recv()).await;
            let news = news.map_err(|_| late())?.ok_or_else(late)??;
            if news.heard >= began && those.insert(news.desk) {
                heard.push(news);
            }
        }
        Ok(heard)
    }
}

async fn wait_for_ever(
    (desk, at): (usize, Arc<SoftWorkstation>),
    mut known: StateVersion,
    apply: bool,
    heard: UnboundedSender<Result<News, Error>>,
) {
    loop {
        let news = match wait(&at.workstation, known).await {
            Ok(None) => continue,
            Ok(Some(version)) => {
                known = version;
                let heard = Timer::now();
                done(&at, version, apply, desk.is_multiple_of(OPENS)).await.map(|()| News {
                    desk,
                    heard,
                    done: Timer::now(),
                })
            }
            Err(error) => Err(error),
        };
        if heard.send(news).is_err() {
            return;
        }
    }
}

async fn done(
    at: &SoftWorkstation,
    version: StateVersion,
    apply: bool,
    opens: bool,
) -> Result<(), Error> {
    if opens {
        at.workstation.state().await?;
    }
    if apply {
        let applied = Applied { version, removed: Vec::new(), taken: Vec::new(), offset: None };
        at.workstation.applied(&applied).await?;
    }
    Ok(())
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
