//! While Redis carries no wake-ups, each node reads what its parked clients wait for, in one statement.

use std::{collections::HashMap, time::Duration};

use uuid::Uuid;

use crate::{
    domain::Failure,
    flows::Context,
    store::{logins, states},
};

/// How many are woken at once, and the pause until the next: each of them reads its row, and at the first step
/// everything counts as changed.
const AT_ONCE: usize = 256;
const BETWEEN: Duration = Duration::from_millis(20);

/// What stood behind each topic at the last step.
#[derive(Default)]
pub struct LostWakes(HashMap<Uuid, u64>);

impl LostWakes {
    /// One step: wakes the topics behind which something changed since the last one.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn step(&mut self, ctx: &Context) -> Result<usize, Failure> {
        let topics = ctx.hub.parked_topics();
        if topics.is_empty() {
            self.0.clear();
            return Ok(0);
        }
        let mut across = ctx.store.across().await?;
        let rows = logins::behind(&mut across, &topics).await?;
        let states = states::versions_behind(&mut across, &topics).await?;
        drop(across);
        let mut now: HashMap<Uuid, u64> = topics.iter().map(|topic| (*topic, 0)).collect();
        for (login, technician, version) in rows {
            let mark = mark(login.0, version);
            let behind = [Some(login.0), technician.map(|technician| technician.0)];
            for topic in behind.into_iter().flatten() {
                now.entry(topic).and_modify(|seen| *seen ^= mark);
            }
        }
        // Whoever waits for a state document waits behind its workstation's own id too.
        for (workstation, version) in states {
            let mark = mark(workstation.0, version);
            now.entry(workstation.0).and_modify(|seen| *seen ^= mark);
        }
        let changed = now.iter().filter(|(topic, seen)| self.0.get(topic) != Some(seen));
        let changed: Vec<Uuid> = changed.map(|(topic, _)| *topic).collect();
        for some in changed.chunks(AT_ONCE) {
            some.iter().for_each(|topic| ctx.hub.wake(*topic));
            tokio::time::sleep(BETWEEN).await;
        }
        self.0 = now;
        Ok(changed.len())
    }

    /// Forgets the last step: after a time with Redis, everything counts as changed.
    pub fn reset(&mut self) {
        self.0.clear();
    }
}

/// A mark that differs, almost surely, for every login and version.
fn mark(login: Uuid, version: i64) -> u64 {
    let (high, low) = login.as_u64_pair();
    (high ^ low.rotate_left(32) ^ version.unsigned_abs()).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
