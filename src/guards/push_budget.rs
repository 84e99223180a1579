//! The push budgets of technicians: in one node's memory, or in Redis for all nodes.

use std::sync::Arc;

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

/// Replaces the numbers, if they are still those that were read.
const REPLACE: &str = "local now = redis.call('GET', KEYS[1]) or ''
if now ~= ARGV[1] then return now end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return false";
/// How often a budget that others change at the same time is read again.
const TRIES: usize = 5;

/// The budgets of all nodes; of each by itself while Redis is down.
pub struct RedisPushBudgets {
    link: Arc<RedisLink>,
    local: LocalPushBudgets,
}

impl RedisPushBudgets {
    /// Budgets of these caps over this link.
    #[must_use]
    pub fn new(link: Arc<RedisLink>, caps: Caps) -> Self {
        Self { link, local: LocalPushBudgets::new(caps) }
    }

    fn key(&self, technician: TechnicianId) -> String {
        self.link.key(format_args!("push:{technician}"))
    }

    /// Changes a budget; the rules stand in the domain, and Redis only compares. `None` if Redis can't be asked.
    async fn change<T>(
        &self,
        technician: TechnicianId,
        rule: impl Fn(PushBudget) -> Result<PushBudget, T>,
    ) -> Option<Result<(), T>> {
        let (key, script) = (self.key(technician), Script::new(REPLACE));
        let mut kept = String::new();
        for _ in 0..TRIES {
            let next = match rule(parse(&kept)) {
                Ok(next) => next.to_numbers().map(|number| number.to_string()).join(" "),
                // Judged by what was read; before the first reading, nothing is refused.
                Err(refused) => return Some(Err(refused)),
            };
            let mut call = script.key(&key);
            call.arg(&kept).arg(next).arg(Caps::MEMORY.as_millis() as u64);
            match self.link.run_script::<Option<String>>(&call).await.ok()? {
                None => return Some(Ok(())),
                Some(present) => kept = present,
            }
        }
        None
    }
}

fn parse(text: &str) -> PushBudget {
    let mut numbers = text.split(' ').map(|number| number.parse().unwrap_or(0));
    PushBudget::from_numbers(std::array::from_fn(|_| numbers.next().unwrap_or(0)))
}

#[async_trait]
impl PushBudgets for RedisPushBudgets {
    async fn take(&self, technician: TechnicianId, now: Instant) -> Result<(), HeldBack> {
        let caps = self.local.caps;
        match self.change(technician, |budget| budget.take(&caps, now)).await {
            Some(taken) => taken,
            None => self.local.take(technician, now).await,
        }
    }

    async fn succeeded(&self, technician: TechnicianId) {
        self.local.succeeded(technician).await;
        let mut forget = redis::cmd("DEL");
        forget.arg(self.key(technician));
        // A budget that could not be begun anew holds pushes back, and no login.
        let _ = self.link.run::<i64>(&forget).await;
    }

    async fn denied(&self, technician: TechnicianId, now: Instant) {
        let caps = self.local.caps;
        let rule = |budget: PushBudget| Ok::<_, ()>(budget.denied(&caps, now));
        if self.change(technician, rule).await.is_none() {
            self.local.denied(technician, now).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
