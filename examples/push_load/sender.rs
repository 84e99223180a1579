//! Sends in a closed loop.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use countersign::{
    ambient::{Clock, Random, SteadyClock, SystemRandom},
    push::{Channel, Kind, Language, Notice, Wanted},
};
use countersign_protocol::{LoginId, wire::mobile::PushAddress};
use hdrhistogram::Histogram;
use tokio::{task::JoinSet, time::Instant};

use crate::Failure;

/// How long a login lives.
const LIFE: Duration = Duration::from_secs(120);

/// What came of it.
pub struct Sent {
    /// How long it went on.
    pub elapsed: Duration,
    /// How long each send took that the vendor accepted, in microseconds.
    pub latencies: Histogram<u64>,
    /// The others, by reason.
    pub failures: BTreeMap<String, u64>,
}

/// Sends alerts, each of another login, to these phones in turn, so many at once, for so long.
pub async fn send(
    channel: &Arc<dyn Channel>,
    to: &Arc<[PushAddress]>,
    concurrency: u32,
    span: Duration,
) -> Result<Sent, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SteadyClock::start());
    let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..concurrency {
        let (channel, to, next) = (Arc::clone(channel), Arc::clone(to), Arc::clone(&next));
        let (clock, random) = (Arc::clone(&clock), Arc::clone(&random));
        let mut sent = nothing()?;
        senders.spawn(async move {
            while began.elapsed() < span {
                let phone = &to[next.fetch_add(1, Ordering::Relaxed) % to.len()];
                let now = clock.now();
                let login = LoginId(random.id(now));
                let (kind, language) = (Kind::Alert, Language::German);
                let wanted = Wanted::default();
                let notice = Notice { kind, login, expires_at: now + LIFE, language, wanted };
                let sending = Instant::now();
                match channel.send(phone, &notice, now).await {
                    Ok(()) => {
                        let micros =
                            u64::try_from(sending.elapsed().as_micros()).unwrap_or(u64::MAX);
                        sent.latencies.saturating_record(micros.max(1));
                    }
                    Err(fault) => {
                        *sent.failures.entry(fault.reason().to_owned()).or_default() += 1;
                    }
                }
            }
            sent
        });
    }
    let mut all = nothing()?;
    while let Some(sent) = senders.join_next().await {
        let sent = sent?;
        all.latencies.add(&sent.latencies)?;
        for (reason, times) in sent.failures {
            *all.failures.entry(reason).or_default() += times;
        }
    }
    all.elapsed = began.elapsed();
    Ok(all)
}

fn nothing() -> Result<Sent, Failure> {
    let latencies = Histogram::new_with_bounds(1, 120_000_000, 3)?;
    Ok(Sent { elapsed: Duration::ZERO, latencies, failures: BTreeMap::new() })
}
