//! How a webhook stands: how far it has come, when it is tried again, when a batch is given up, and what of it is told.

use std::time::Duration;

use countersign_protocol::{BatchId, Instant, wire::webhooks::WebhookFilter};

use super::{AuditFilter, Refusal};

/// The pause after a first failure; it doubles with each further one.
const PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// Failures of one batch until it is told: a receiver that restarts is no news.
const TOLD_AFTER: u32 = 3;
/// Between two times that a webhook is said to fail. What is told is an event, and so is delivered: a receiver that
/// fails and recovers with every delivery would otherwise keep itself busy for ever.
const TOLD_EVERY: Duration = Duration::from_secs(3600);

/// Events that are sent together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// Its last position.
    pub through: u64,
    /// When it was tried first.
    pub first_tried_at: Instant,
}

/// How a webhook stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The first position that is not done with.
    pub next: u64,
    /// When it is looked at again.
    pub due_at: Instant,
    /// The batch that was begun.
    pub batch: Option<Batch>,
    /// How often that was tried in vain.
    pub attempts: u32,
    /// Why it failed last.
    pub last_error: Option<String>,
    /// Since when nothing could be delivered.
    pub failing_since: Option<Instant>,
    /// When it was last told that it fails.
    pub told_at: Option<Instant>,
}

/// What is news of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It has begun to fail.
    Failing,
    /// It is delivered to again.
    Recovered,
}

impl Standing {
    /// One that begins at a position.
    #[must_use]
    pub fn at(next: u64, now: Instant) -> Self {
        Self {
            next,
            due_at: now,
            batch: None,
            attempts: 0,
            last_error: None,
            failing_since: None,
            told_at: None,
        }
    }

    /// All through this position is done with, and nothing of it was to be sent.
    #[must_use]
    pub fn passed(self, through: u64, now: Instant) -> Self {
        Self { next: through + 1, due_at: now, batch: None, attempts: 0, ..self }
    }

    /// All through this position was delivered.
    #[must_use]
    pub fn delivered(self, through: u64, now: Instant) -> (Self, Option<News>) {
        let news = self.is_told().then_some(News::Recovered);
        let standing = self.passed(through, now);
        (Self { last_error: None, failing_since: None, ..standing }, news)
    }

    /// It failed, and is tried again after a while: at least `retry_after`, where the receiver asks for that. `chance`
    /// spreads those apart that failed together.
    #[must_use]
    pub fn failed(
        self,
        reason: &str,
        now: Instant,
        retry_after: Option<Duration>,
        chance: u8,
    ) -> (Self, Option<News>) {
        let attempts = self.attempts.saturating_add(1);
        let pause = pause(attempts, chance).max(retry_after.unwrap_or_default());
        let failed = Self {
            due_at: now + pause,
            attempts,
            last_error: Some(reason.to_owned()),
            failing_since: self.failing_since.or(Some(now)),
            ..self
        };
        let long_ago = failed.told_at.is_none_or(|told| told + TOLD_EVERY <= now);
        let news = attempts >= TOLD_AFTER && !failed.is_told() && long_ago;
        let told_at = if news { Some(now) } else { failed.told_at };
        (Self { told_at, ..failed }, news.then_some(News::Failing))
    }

    /// True once the batch was tried for so long.
    #[must_use]
    pub fn is_to_be_given_up(&self, after: Duration, now: Instant) -> bool {
        self.attempts > 0 && self.batch.is_some_and(|batch| batch.first_tried_at + after <= now)
    }

    /// True if it is on record that it fails.
    fn is_told(&self) -> bool {
        self.failing_since.is_some_and(|since| self.told_at.is_some_and(|told| told >= since))
    }
}

/// Half of the time is certain, the other half by chance.
fn pause(attempts: u32, chance: u8) -> Duration {
    let longest = PAUSE * 2_u32.saturating_pow(attempts.saturating_sub(1).min(20));
    let half = longest.min(LONGEST_PAUSE) / 2;
    half + half * u32::from(chance) / 255
}

impl From<&WebhookFilter> for AuditFilter {
    fn from(filter: &WebhookFilter) -> Self {
        let WebhookFilter { kinds, tenant_id, outcome } = filter.clone();
        Self { kinds, tenant: tenant_id, outcome, ..Self::default() }
    }
}

/// The filter in the form in which it is kept, if it is one.
///
/// # Errors
/// `invalid_request`, naming the condition.
pub fn webhook_filter(filter: &WebhookFilter) -> Result<WebhookFilter, Refusal> {
    let AuditFilter { kinds, tenant, outcome, .. } = AuditFilter::from(filter).checked()?;
    Ok(WebhookFilter { kinds, tenant_id: tenant, outcome })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn noon() -> Instant {
        Instant::from_unix_millis(1_795_340_460_000)
    }

    fn fails(standing: Standing, now: Instant) -> (Standing, Option<News>) {
        standing.failed("http_500", now, None, 255)
    }

    #[test]
    fn pauses_double_to_an_hour_and_differ_by_chance() {
        let seconds = |attempts, chance| pause(attempts, chance).as_secs_f64();
        assert_eq!([1, 2, 3, 11, 99].map(|n| seconds(n, 255)), [5.0, 10.0, 20.0, 3600.0, 3600.0]);
        assert_eq!([1, 2, 99].map(|n| seconds(n, 0)), [2.5, 5.0, 1800.0]);
    }

    #[test]
    fn a_receiver_s_wish_lengthens_the_pause_and_never_shortens_it() {
        let after = |wish| Standing::at(0, noon()).failed("http_429", noon(), wish, 255).0.due_at;
        assert_eq!(after(Some(HOUR)), noon() + HOUR);
        assert_eq!(after(Some(Duration::from_secs(1))), noon() + PAUSE);
    }

    #[test]
    fn a_failure_is_told_at_the_third_try_and_its_end_once() {
        let mut standing = Standing::at(7, noon());
        let mut told = Vec::new();
        for _ in 0..5 {
            let (next, news) = fails(standing, noon());
            standing = next;
            told.push(news);
        }
        assert_eq!(told, [None, None, Some(News::Failing), None, None]);
        let (standing, news) = standing.delivered(9, noon());
        assert_eq!((news, standing.next, standing.attempts), (Some(News::Recovered), 10, 0));
        assert_eq!(standing.delivered(10, noon()).1, None);
        // One that was never told is no news when it ends.
        let (standing, _) = fails(Standing::at(7, noon()), noon());
        assert_eq!(standing.delivered(9, noon()).1, None);
    }

    #[test]
    fn a_receiver_that_comes_and_goes_is_told_once_an_hour() {
        let (mut standing, mut told, mut now) = (Standing::at(0, noon()), 0, noon());
        for round in 0..600 {
            for _ in 0..4 {
                let (next, news) = fails(standing, now);
                standing = next;
                told += usize::from(news.is_some());
            }
            let (next, news) = standing.delivered(round, now);
            standing = next;
            told += usize::from(news.is_some());
            now = now + Duration::from_secs(60);
        }
        assert_eq!(told, 2 * 10, "of ten hours");
    }

    #[test]
    fn a_batch_is_given_up_after_its_time_and_a_try() {
        let batch = Batch { id: BatchId(uuid::Uuid::nil()), through: 3, first_tried_at: noon() };
        let standing = Standing { batch: Some(batch), ..Standing::at(0, noon()) };
        assert!(!standing.is_to_be_given_up(HOUR, noon() + HOUR), "it was never tried");
        let (standing, _) = fails(standing, noon());
        assert!(!standing.is_to_be_given_up(HOUR, noon() + HOUR - Duration::from_millis(1)));
        assert!(standing.is_to_be_given_up(HOUR, noon() + HOUR));
        let passed = standing.passed(3, noon() + HOUR);
        assert_eq!((passed.next, passed.batch, passed.failing_since), (4, None, Some(noon())));
    }
}
