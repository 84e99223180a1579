//! Following the log: what meets a filter, as it comes.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use countersign_protocol::{ProblemCode, wire::audit::AuditEntry};

use super::{export::still_valid, observed::observed, page::SCANNED};
use crate::{
    audit::LogTopic,
    domain::{AuditFilter, Failure, Order, Refusal},
    flows::{AdminCaller, Context},
    store::audit::{self, AuditRow, Bounds, Stretch},
    wake::{Parked, Woken},
};

/// How many may follow one msp's log on a node.
const FOLLOWERS: usize = 20;
/// When one more may come back.
const AGAIN: Duration = Duration::from_secs(30);
/// How many events are read at once.
const CHUNK: usize = 200;
/// After how many beats without news the log is read all the same: a wake-up can get lost.
const QUIET_BEATS: u32 = 4;

/// What a follower hears next.
#[derive(Debug)]
pub enum Beat {
    /// An event.
    Entry(AuditEntry),
    /// Nothing up to this position, itself included, is still to come; `None` for an empty log.
    Through(Option<u64>),
}

/// A follower of an msp's log.
pub struct Tail {
    ctx: Arc<Context>,
    caller: AdminCaller,
    filter: AuditFilter,
    /// The next position to look at.
    next: u64,
    ready: VecDeque<AuditEntry>,
    parked: Parked,
    /// True once there may be something to read.
    look: bool,
    quiet: u32,
    beat: Duration,
    told: Option<u64>,
}

impl Tail {
    /// Begins at the position `from`, or else behind the present end of the log.
    ///
    /// # Errors
    /// `invalid_request` for a position that the log does not have; `too_many_requests` when as many follow already as
    /// may; or that the database does not answer.
    pub async fn start(
        ctx: Arc<Context>,
        caller: AdminCaller,
        filter: AuditFilter,
        from: Option<u64>,
    ) -> Result<Self, Failure> {
        let topic = LogTopic::of(caller.scope.msp);
        if ctx.hub.parked() >= ctx.settings.server.max_parked {
            return Err(Failure::Unavailable("too many clients are parked on this node".into()));
        }
        if ctx.hub.parked_for(topic) >= FOLLOWERS {
            return Err(Refusal::too_many(AGAIN).into());
        }
        // Parked before the log is looked at: a wake-up between the two is found.
        let parked = ctx.hub.park(&[topic, caller.token.0]);
        let mut conn = ctx.store.within(caller.scope).await?;
        let size = audit::size(&mut conn).await?;
        drop(conn);
        let next = from.unwrap_or(size);
        if next > size {
            let end = size.checked_sub(1);
            let end = end.map_or("is empty".to_owned(), |end| format!("ends at {end}"));
            let why = format!("from, Last-Event-ID: the log {end}");
            return Err(Refusal::because(ProblemCode::InvalidRequest, why).into());
        }
        observed(&ctx, caller, &filter.canonical(), "tail", 0);
        let beat = ctx.settings.audit.tail_beat();
        Ok(Self {
            ctx,
            caller,
            filter,
            next,
            ready: VecDeque::new(),
            parked,
            look: true,
            quiet: 0,
            beat,
            // Said first, so that whoever is cut off before the first event knows where to go on.
            told: None,
        })
    }

    /// What comes next; `None` when the follower is to go: the token was revoked, or the node shuts down.
    ///
    /// # Errors
    /// That the database does not answer; whoever comes back loses nothing.
    pub async fn next(&mut self) -> Result<Option<Beat>, Failure> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                self.told = Some(entry.position);
                return Ok(Some(Beat::Entry(entry)));
            }
            if std::mem::take(&mut self.look) {
                if !self.read().await? {
                    return Ok(None);
                }
                let through = self.next.checked_sub(1);
                if self.ready.is_empty() && (self.told != through || through.is_none()) {
                    self.told = through;
                    return Ok(Some(Beat::Through(through)));
                }
                continue;
            }
            match self.parked.woken(self.beat).await {
                Woken::ByTopic => self.look = true,
                Woken::Draining => return Ok(None),
                Woken::TimedOut => {
                    self.quiet += 1;
                    if self.quiet >= QUIET_BEATS {
                        self.look = true;
                        self.quiet = 0;
                    }
                    return Ok(Some(Beat::Through(self.next.checked_sub(1))));
                }
            }
        }
    }

    /// Reads on; `false` if the token is worth nothing any more.
    async fn read(&mut self) -> Result<bool, Failure> {
        let mut conn = self.ctx.store.within(self.caller.scope).await?;
        match still_valid(&mut conn, self.caller).await {
            Ok(()) => {}
            Err(Failure::Refused(_)) => return Ok(false),
            Err(failure) => return Err(failure),
        }
        let size = audit::size(&mut conn).await?;
        if self.next >= size {
            return Ok(true);
        }
        let stretch = Stretch { positions: self.next..=size - 1, order: Order::Oldest };
        let bounds = Bounds { rows: CHUNK, scanned: SCANNED };
        let filter = &self.filter;
        let found = audit::search(&mut conn, filter, &stretch, bounds).await?;
        drop(conn);
        self.next = found.stopped_at.map_or(size, |at| at + 1);
        // Not at its end: there is more to look at without being woken.
        self.look = self.next < size;
        let entries =
            found.rows.into_iter().map(AuditRow::entry).collect::<Result<VecDeque<_>, _>>()?;
        self.ready = entries;
        Ok(true)
    }
}
