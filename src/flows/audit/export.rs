//! A stretch of the log as a stream, a chunk at a time: it holds a connection only while it reads one, and no more
//! than one chunk.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use countersign_protocol::ProblemCode;

use super::{files::origins, observed::observed, page::SCANNED, page::number, reach::reach};
use crate::{
    audit::{ExportHead, Format},
    domain::{AuditFilter, Failure, Order},
    flows::{AdminCaller, Context},
    store::{
        Conn, admin_tokens,
        audit::{self, Bounds, Stretch},
    },
};

/// How many events a chunk has at most.
const CHUNK: usize = 500;
/// How many checkpoints of the newest origin are told; of the older ones, the last.
const CHECKPOINTS: i64 = 100;
/// How many exports one msp may begin a minute, on all nodes together.
const PER_MINUTE: u32 = 60;
/// How often a chunk is tried while the database does not answer, and the pause before it is tried again.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// An export under way: the events that meet a filter, oldest first, as far as the log had come when it began.
pub struct Export {
    ctx: Arc<Context>,
    caller: AdminCaller,
    filter: AuditFilter,
    format: Format,
    left: Option<RangeInclusive<u64>>,
    through: Option<u64>,
    events: u64,
    head: Option<String>,
    done: bool,
}

impl Export {
    /// Begins: from here on, what comes into the log is not in it.
    ///
    /// # Errors
    /// `too_many_requests`, or that the database does not answer.
    pub async fn start(
        ctx: Arc<Context>,
        caller: AdminCaller,
        filter: AuditFilter,
        format: Format,
    ) -> Result<Self, Failure> {
        ctx.take(&format!("audit-export:{}", caller.scope.msp), PER_MINUTE).await?;
        let mut conn = ctx.store.within(caller.scope).await?;
        let size = audit::size(&mut conn).await?;
        let left = reach(&mut conn, &filter, size).await?;
        let origins = origins(&mut conn).await?;
        let mut checkpoints = Vec::new();
        for origin in origins.iter().rev() {
            let many = if checkpoints.is_empty() { CHECKPOINTS } else { 1 };
            let newest = audit::newest_checkpoints(&mut conn, origin.generation, many).await?;
            checkpoints.extend(newest.into_iter().map(|(_, note)| note));
        }
        checkpoints.reverse();
        drop(conn);
        let filtered = !filter.is_everything();
        let head = ExportHead { msp: caller.scope.msp, filtered, origins, checkpoints };
        let head = Some(format.head(&head));
        let through = size.checked_sub(1);
        Ok(Self {
            ctx,
            caller,
            filter,
            format,
            left: Some(left),
            through,
            events: 0,
            head,
            done: false,
        })
    }

    /// The next lines; `None` behind the last.
    ///
    /// # Errors
    /// `invalid_token` once the token was revoked; or that the database does not answer.
    pub async fn next(&mut self) -> Result<Option<String>, Failure> {
        if let Some(head) = self.head.take().filter(|head| !head.is_empty()) {
            return Ok(Some(head));
        }
        while let Some(left) = self.left.take().filter(|left| !left.is_empty()) {
            let (lines, rest) = self.patiently(&left).await?;
            self.left = rest;
            if !lines.is_empty() {
                return Ok(Some(lines));
            }
        }
        if std::mem::replace(&mut self.done, true) {
            return Ok(None);
        }
        Ok(Some(self.format.end(self.through, self.events)).filter(|end| !end.is_empty()))
    }

    /// A chunk, though the database may be away for a moment: a long export should live through that.
    async fn patiently(
        &mut self,
        left: &RangeInclusive<u64>,
    ) -> Result<(String, Option<RangeInclusive<u64>>), Failure> {
        let mut tried = 1;
        loop {
            match self.chunk(left).await {
                Err(Failure::Unavailable(_)) if tried < TRIES => tried += 1,
                ended => return ended,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn chunk(
        &mut self,
        left: &RangeInclusive<u64>,
    ) -> Result<(String, Option<RangeInclusive<u64>>), Failure> {
        let mut conn = self.ctx.store.within(self.caller.scope).await?;
        still_valid(&mut conn, self.caller).await?;
        if self.format == Format::Ndjson && self.filter.is_everything() {
            return self.evidence(&mut conn, left).await;
        }
        let stretch = Stretch { positions: left.clone(), order: Order::Oldest };
        let bounds = Bounds { rows: CHUNK, scanned: SCANNED };
        let found = audit::search(&mut conn, &self.filter, &stretch, bounds).await?;
        drop(conn);
        self.events += found.rows.len() as u64;
        let msp = self.caller.scope.msp;
        let lines = found.rows.iter().map(|row| self.format.line(msp, row)).collect();
        Ok((lines, found.stopped_at.map(|at| at + 1..=*left.end())))
    }

    /// Every leaf, also of bodies that were pruned: the tree can be built again from nothing less.
    async fn evidence(
        &mut self,
        conn: &mut Conn,
        left: &RangeInclusive<u64>,
    ) -> Result<(String, Option<RangeInclusive<u64>>), Failure> {
        let end = left.end().min(&(left.start() + CHUNK as u64 - 1)) + 1;
        let leaves = audit::leaves(conn, *left.start()..end).await?;
        let bodies = audit::bodies(conn, *left.start()..end).await?;
        self.events += leaves.len() as u64;
        let mut bodies = bodies.iter().peekable();
        let mut lines = String::new();
        for leaf in &leaves {
            number(leaf.position)?;
            let body = bodies.next_if(|body| body.position == leaf.position);
            lines.push_str(&Format::evidence(leaf, body));
        }
        Ok((lines, (end <= *left.end()).then(|| end..=*left.end())))
    }
}

/// A token that was revoked meanwhile is worth nothing from now on.
pub(super) async fn still_valid(conn: &mut Conn, caller: AdminCaller) -> Result<(), Failure> {
    let standing = admin_tokens::standing(conn, caller.token).await?;
    standing.map(drop).ok_or_else(|| ProblemCode::InvalidToken.into())
}

impl Drop for Export {
    /// Also an export that was broken off has shown what it has shown.
    fn drop(&mut self) {
        let query = self.filter.canonical();
        observed(&self.ctx, self.caller, &query, self.format.word(), self.events);
    }
}
