//! What became of each notice, on its way to the record: observations that change nothing, written together.

use std::{collections::HashMap, sync::Arc, time::Duration};

use countersign_protocol::MspId;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::AddressBook;
use crate::domain::Event;

/// How many observations wait at most; more are counted and dropped, since a notice must not wait for its record.
pub(super) const WAITING: usize = 10_000;
/// How many are written at once, and how long the first waits for the others.
const TOGETHER: usize = 100;
const GATHER: Duration = Duration::from_millis(250);
/// How often a batch is tried, and the pause before it is tried again.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(2);

/// What comes on the way to the record.
pub(super) enum Observed {
    Event(Event),
    /// Somebody waits until everything before this is written.
    Asked(oneshot::Sender<()>),
}

/// Writes observations down until nobody can send any more.
pub(super) async fn write_down(
    mut observations: mpsc::Receiver<Observed>,
    book: Arc<dyn AddressBook>,
) {
    while let Some(first) = observations.recv().await {
        let (mut by_msp, mut asked) = (HashMap::<MspId, Vec<Event>>::new(), None);
        let mut count = 0;
        let mut take = |observed| match observed {
            Observed::Event(event) => {
                count += 1;
                by_msp.entry(event.msp).or_default().push(event);
                count < TOGETHER
            }
            Observed::Asked(done) => {
                asked = Some(done);
                false
            }
        };
        if take(first) {
            let gather = async {
                while let Some(next) = observations.recv().await
                    && take(next)
                {}
            };
            let _ = timeout(GATHER, gather).await;
        }
        for (msp, events) in by_msp {
            write(&*book, msp, events).await;
        }
        if let Some(done) = asked {
            let _ = done.send(());
        }
    }
}

async fn write(book: &dyn AddressBook, msp: MspId, events: Vec<Event>) {
    for _ in 1..TRIES {
        if book.record(msp, events.clone()).await {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    if !book.record(msp, events.clone()).await {
        tracing::error!(lost = events.len(), "observations of pushes could not be recorded");
    }
}
