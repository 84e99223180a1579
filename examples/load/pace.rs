//! When cycles begin: as soon as another ended, or at their time.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use countersign_testkit::SoftWorkstation;
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant as Timer, sleep_until, timeout},
};

use crate::{
    Failure,
    cycle::cycle,
    figures::{Failed, Figures, Step},
    fleet::Carried,
    options::Extent,
    pool::Pool,
};

/// Open loop: cycles that may be under way; one that would begin beyond that counts as a failure.
const UNDER_WAY: usize = 5_000;
/// How long the last cycles may take after the end.
const LAST_ONES: Duration = Duration::from_secs(30);

/// Everyone who takes part, and what was measured of them.
pub struct Field {
    desks: Pool<Arc<SoftWorkstation>>,
    phones: Pool<Carried>,
    list: bool,
    figures: Mutex<Figures>,
}

impl Field {
    /// With no figures yet.
    pub fn of(
        desks: Vec<Arc<SoftWorkstation>>,
        phones: Vec<Carried>,
        list: bool,
    ) -> Result<Arc<Self>, Failure> {
        let (desks, phones) = (Pool::of(desks), Pool::of(phones));
        Ok(Arc::new(Self { desks, phones, list, figures: Mutex::new(Figures::none()?) }))
    }

    /// The figures so far; the next begin anew.
    pub fn take_figures(&self) -> Result<Figures, Failure> {
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::replace(&mut *figures, Figures::none()?))
    }

    /// One cycle; without an intended beginning, it counts from when it has all it needs.
    async fn one(&self, intended: Option<Timer>) {
        let (desk, phone) = (self.desks.lend().await, self.phones.lend().await);
        let intended = intended.unwrap_or_else(Timer::now);
        let ended = cycle(&desk, &phone, self.list, intended).await;
        self.desks.give_back(desk);
        self.phones.give_back(phone);
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).count(ended);
    }

    fn failed(&self, step: Step, code: &str) {
        let failed = Failed { step, code: code.to_owned() };
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).fail(&failed);
    }
}

/// Closed loop: `concurrency` cycles at once.
pub async fn closed(field: &Arc<Field>, concurrency: u32, extent: Extent) {
    let (end, limit) = bounds(extent);
    let begun = Arc::new(AtomicU64::new(0));
    let mut loops = JoinSet::new();
    for _ in 0..concurrency {
        let (field, begun) = (Arc::clone(field), Arc::clone(&begun));
        loops.spawn(async move {
            while Timer::now() < end && begun.fetch_add(1, Ordering::Relaxed) < limit {
                field.one(None).await;
            }
        });
    }
    loops.join_all().await;
}

/// Open loop: `rate` cycles begin each second.
pub async fn open(field: &Arc<Field>, rate: f64, extent: Extent) {
    let (end, limit) = bounds(extent);
    let room = Arc::new(Semaphore::new(UNDER_WAY));
    let (began, mut begun) = (Timer::now(), 0_u64);
    let mut cycles = JoinSet::new();
    while begun < limit {
        #[allow(clippy::cast_precision_loss, reason = "no run begins 2^52 cycles")]
        let intended = began + Duration::from_secs_f64(begun as f64 / rate);
        if intended >= end {
            break;
        }
        sleep_until(intended).await;
        begun += 1;
        while cycles.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            field.failed(Step::Open, "too_many_under_way");
            continue;
        };
        let field = Arc::clone(field);
        cycles.spawn(async move {
            field.one(Some(intended)).await;
            drop(permit);
        });
    }
    if timeout(LAST_ONES, async { while cycles.join_next().await.is_some() {} }).await.is_err() {
        for _ in 0..cycles.len() {
            field.failed(Step::Cycle, "never_ended");
        }
    }
}

/// When no cycle begins any more, and how many may.
fn bounds(extent: Extent) -> (Timer, u64) {
    match extent {
        // Half a day is for ever.
        Extent::Cycles(cycles) => (Timer::now() + Duration::from_secs(43_200), cycles),
        Extent::Seconds(seconds) => (Timer::now() + Duration::from_secs_f64(seconds), u64::MAX),
    }
}
