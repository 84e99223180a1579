//! Desktops that wait for logins which nobody decides.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use countersign_client::{Error, OpenedLogin};
use countersign_testkit::SoftWorkstation;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::{
    task::JoinSet,
    time::{Instant as Timer, sleep, sleep_until},
};

use crate::{Failure, figures::code, say};

/// Lifetime of their logins in seconds, the longest that a tenant may set.
pub const LIFETIME: u16 = 600;
/// The desktops begin to wait over the time that one request waits, so that they come back evenly and not all
/// at once every 30 seconds; a few need not take so long.
const SPREAD: Duration = Duration::from_secs(30);
const LONGEST_GAP: Duration = Duration::from_millis(50);
/// Logins that are opened at once.
const AT_ONCE: usize = 8;
/// Longer than a login lives, but not for ever.
const PATIENCE: Duration = Duration::from_secs(900);
/// Before trying again after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// A desktop with a login to wait for.
pub type Ready = (Arc<SoftWorkstation>, OpenedLogin);

/// The waits, until it is dropped.
#[derive(Default)]
pub struct Parked {
    waits: JoinSet<()>,
    fate: Arc<Fate>,
}

/// What became of the waits.
#[derive(Default)]
struct Fate {
    reopened: AtomicU64,
    failures: AtomicU64,
}

/// Opens a login on each desktop, by QR code: no name's cap and no phone's list is touched.
pub async fn opened(desks: Vec<Arc<SoftWorkstation>>) -> Result<Vec<Ready>, Failure> {
    let open = |desk: Arc<SoftWorkstation>| async move {
        let login = desk.open_qr().await?;
        Ok::<_, Error>((desk, login))
    };
    Ok(stream::iter(desks).map(open).buffer_unordered(AT_ONCE).try_collect().await?)
}

impl Parked {
    /// Lets every desktop wait, one after the other; returns when the last has begun.
    pub async fn park(desks: Vec<Ready>) -> Self {
        let mut parked = Self::default();
        let began = Timer::now();
        let count = u32::try_from(desks.len()).unwrap_or(u32::MAX).max(1);
        let gap = (SPREAD / count).min(LONGEST_GAP);
        for (number, (desk, login)) in (0..).zip(desks) {
            sleep_until(began + gap * number).await;
            let fate = Arc::clone(&parked.fate);
            parked.waits.spawn(wait_for_ever(desk, login, fate));
        }
        parked
    }

    /// How many logins ended and were opened again.
    pub fn reopened(&self) -> u64 {
        self.fate.reopened.load(Ordering::Relaxed)
    }

    /// How many waits failed.
    pub fn failures(&self) -> u64 {
        self.fate.failures.load(Ordering::Relaxed)
    }
}

async fn wait_for_ever(desk: Arc<SoftWorkstation>, mut login: OpenedLogin, fate: Arc<Fate>) {
    loop {
        let ended = match desk.workstation.wait_decided(&mut login, PATIENCE).await {
            Ok(_) => desk.open_qr().await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(next) => {
                fate.reopened.fetch_add(1, Ordering::Relaxed);
                login = next;
            }
            Err(error) => {
                if fate.failures.fetch_add(1, Ordering::Relaxed) == 0 {
                    say(&format!("a parked desktop's wait failed: {}", code(&error)));
                }
                sleep(PAUSE).await;
            }
        }
    }
}
