//! The push budgets of technicians: in one node's memory, or in Redis for all nodes.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use countersign_protocol::{Instant, TechnicianId};
use moka::{ops::compute::Op, sync::Cache};
use redis::Script;

use crate::{
    domain::push_budget::{Caps, HeldBack, PushBudget},
    redis_link::RedisLink,
};

/// How many technicians a node keeps a budget for.
const MOST: u64 = 100_000;

/// Counts how often technicians' phones are woken.
#[async_trait]
pub trait PushBudgets: Send + Sync {
    /// Takes one push.
    ///
    /// # Errors
    /// If the technician's phones are to be left in peace.
    async fn take(&self, technician: TechnicianId, now: Instant) -> Result<(), HeldBack>;
    /// The technician approved a login.
    async fn succeeded(&self, technician: TechnicianId);
    /// The technician denied a login.
    async fn denied(&self, technician: TechnicianId, now: Instant);
}

/// The budgets of one node.
pub struct LocalPushBudgets {
    caps: Caps,
    budgets: Cache<TechnicianId, PushBudget>,
}

impl LocalPushBudgets {
    /// Budgets of these caps.
    #[must_use]
    pub fn new(caps: Caps) -> Self {
        let budgets = Cache::builder().max_capacity(MOST).time_to_live(Caps::MEMORY).build();
        Self { caps, budgets }
    }
}

#[async_trait]
impl PushBudgets for LocalPushBudgets {
    async fn take(&self, technician: TechnicianId, now: Instant) -> Result<(), HeldBack> {
        let mut taken = Ok(());
        self.budgets.entry(technician).and_compute_with(|entry| {
            let budget = entry.map(moka::Entry::into_value).unwrap_or_default();
            match budget.take(&self.caps, now) {
                Ok(budget) => Op::Put(budget),
                Err(held_back) => {
                    taken = Err(held_back);
                    Op::Nop
                }
            }
        });
        taken
    }

    async fn succeeded(&self, technician: TechnicianId) {
        self.budgets.invalidate(&technician);
    }

    async fn denied(&self, technician: TechnicianId, now: Instant) {
        self.budgets.entry(technician).and_compute_with(|entry| {
            let budget = entry.map(moka::Entry::into_value).unwrap_or_default();
            Op::Put(budget.denied(&self.caps, now))
        });
    }
}

static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("push_budget.lua")));

/// The budgets of all nodes, counted in Redis. While it is down each node goes on from what it last saw there.
pub struct RedisPushBudgets {
    link: Arc<RedisLink>,
    seen: LocalPushBudgets,
}

impl RedisPushBudgets {
    /// Budgets of these caps over this link.
    #[must_use]
    pub fn new(link: Arc<RedisLink>, caps: Caps) -> Self {
        Self { link, seen: LocalPushBudgets::new(caps) }
    }

    fn key(&self, technician: TechnicianId) -> String {
        self.link.key(format_args!("push:{technician}"))
    }

    /// Counts what happened; the word of why it may not. `None` if Redis can't be asked.
    async fn count(
        &self,
        technician: TechnicianId,
        happened: &str,
        now: Instant,
    ) -> Option<String> {
        let Caps { most, first_pause, longest_pause } = self.seen.caps;
        let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let mut call = SCRIPT.prepare_invoke();
        call.key(self.key(technician)).arg(happened).arg(now.unix_millis()).arg(most);
        call.arg(millis(first_pause)).arg(millis(longest_pause)).arg(millis(Caps::MEMORY));
        let (why, kept): (String, String) = self.link.run_script(&call).await.ok()?;
        self.seen.budgets.insert(technician, parse(&kept));
        Some(why)
    }
}

fn parse(text: &str) -> PushBudget {
    let mut numbers = text.split(' ').map(|number| number.parse().unwrap_or(0));
    PushBudget::from_numbers(std::array::from_fn(|_| numbers.next().unwrap_or(0)))
}

#[async_trait]
impl PushBudgets for RedisPushBudgets {
    async fn take(&self, technician: TechnicianId, now: Instant) -> Result<(), HeldBack> {
        let Some(why) = self.count(technician, "take", now).await else {
            return self.seen.take(technician, now).await;
        };
        match why.as_str() {
            "" => Ok(()),
            "after_denial" => Err(HeldBack::AfterDenial),
            _ => Err(HeldBack::AtTheCap),
        }
    }

    async fn succeeded(&self, technician: TechnicianId) {
        self.seen.succeeded(technician).await;
        let mut forget = redis::cmd("DEL");
        forget.arg(self.key(technician));
        // A budget that could not be begun anew holds pushes back, and no login.
        let _ = self.link.run::<i64>(&forget).await;
    }

    async fn denied(&self, technician: TechnicianId, now: Instant) {
        if self.count(technician, "denied", now).await.is_none() {
            self.seen.denied(technician, now).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_technician_s_budget_is_nobody_else_s() {
        let caps = Caps { most: 1, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };
        let budgets = LocalPushBudgets::new(caps);
        let now = Instant::from_unix_millis(1_795_340_460_000);
        let [nik, ada] = [1, 2].map(|id| TechnicianId(uuid::Uuid::from_u128(id)));
        assert_eq!(budgets.take(nik, now).await, Ok(()));
        assert_eq!(budgets.take(nik, now).await, Err(HeldBack::AtTheCap));
        assert_eq!(budgets.take(ada, now).await, Ok(()));
        budgets.succeeded(nik).await;
        assert_eq!(budgets.take(nik, now).await, Ok(()));
    }

    #[test]
    fn what_is_kept_reads_back_and_nothing_kept_is_a_fresh_budget() {
        assert_eq!(parse(""), PushBudget::default());
        let numbers = [3, 1, 1_795_340_460_000];
        assert_eq!(parse("3 1 1795340460000").to_numbers(), numbers);
    }
}
