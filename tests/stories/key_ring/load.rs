//! Everybody who meets a sealed secret, at work until they are stopped. Nobody may be refused anything.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use countersign::push::{SealedTokens, TokenStore};
use countersign_client::Admin;
use countersign_protocol::{Instant, TenantId, wire::desktop::RecoveryUsed};
use countersign_testkit::{SoftPhone, SoftWorkstation};
use tokio::task::JoinSet;

use crate::house::soon;

/// How often each has done its work, and whether to go on.
#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    turns: [AtomicUsize; 4],
}

/// A phone, an admin, a machine and a push channel at work.
pub struct Load {
    shared: Arc<Shared>,
    running: JoinSet<()>,
}

/// Who works.
pub struct Workers {
    pub phone: SoftPhone,
    pub visited: Arc<SoftWorkstation>,
    pub admin: Admin,
    pub recovered: SoftWorkstation,
    pub tenant: TenantId,
    pub tokens: SealedTokens,
}

impl Load {
    /// Starts.
    pub fn of(workers: Workers) -> Self {
        let shared = Arc::new(Shared::default());
        let mut running = JoinSet::new();
        let Workers { phone, visited, admin, recovered, tenant, tokens } = workers;
        let (phone, recovered, tokens) = (Arc::new(phone), Arc::new(recovered), Arc::new(tokens));
        let at = Arc::clone(&visited);
        running.spawn(repeat(Arc::clone(&shared), 0, move |_| {
            let (phone, at) = (Arc::clone(&phone), Arc::clone(&visited));
            async move { comes_and_goes(&phone, &at).await }
        }));
        running.spawn(repeat(Arc::clone(&shared), 1, move |turn| {
            let (admin, at) = (admin.clone(), Arc::clone(&recovered));
            async move {
                if turn % 2 == 0 {
                    admin.rotate_offline_secrets(tenant).await.unwrap();
                } else {
                    admin.replace_offline_secrets(at.workstation.id()).await.unwrap();
                }
                recovers(&admin, &at).await;
            }
        }));
        running.spawn(repeat(Arc::clone(&shared), 2, move |_| {
            let at = Arc::clone(&at);
            async move {
                at.sync().await.unwrap();
            }
        }));
        running.spawn(repeat(Arc::clone(&shared), 3, move |turn| {
            let tokens = Arc::clone(&tokens);
            async move {
                let made_at = Instant::from_unix_millis(1_795_340_460_000)
                    + Duration::from_secs(60) * u32::try_from(turn).unwrap();
                let token = format!("token {turn}");
                tokens.keep("story", &token, made_at).await;
                assert_eq!(tokens.load("story").await, Some((token, made_at)));
            }
        }));
        Self { shared, running }
    }

    /// Returns once everybody has done their work this often again.
    pub async fn goes_on(&mut self, turns: usize) {
        let until: Vec<usize> =
            self.shared.turns.iter().map(|done| done.load(SeqCst) + turns).collect();
        let done = async {
            let behind = |shared: &Shared| {
                shared.turns.iter().zip(&until).any(|(done, until)| done.load(SeqCst) < *until)
            };
            while behind(&self.shared) {
                // Who has failed will never come.
                if let Some(failed) = self.running.try_join_next() {
                    failed.unwrap();
                }
                tokio::task::yield_now().await;
            }
        };
        soon(done).await;
    }

    /// Stops everybody; each had all that they asked for.
    pub async fn stop(mut self) {
        self.shared.stopped.store(true, SeqCst);
        let ended = async {
            while let Some(ended) = self.running.join_next().await {
                ended.unwrap();
            }
        };
        soon(ended).await;
    }
}

/// A technician signs in by a QR code, fetches codes and leaves.
async fn comes_and_goes(phone: &SoftPhone, at: &SoftWorkstation) {
    let mut login = at.open_qr().await.unwrap();
    phone.approve_qr(&at.qr_link(&login)).await.unwrap();
    at.wait_decided(&mut login).await.unwrap();
    let session = at.enters(&mut login).await.unwrap();
    phone.fetch_codes().await.unwrap();
    at.ends(session.id).await.unwrap();
    phone.phone.refresh().await.unwrap();
}

/// A machine is opened by its recovery code, and gets another one.
async fn recovers(admin: &Admin, at: &SoftWorkstation) {
    let asked = admin.ask_for_recovery(at.workstation.id(), "a storm").await.unwrap();
    let number = admin.recovery(asked.id).await.unwrap().number.unwrap();
    let used_at = at.workstation.transport().clock().now();
    let used = RecoveryUsed { number, account: "msp-recovery".into(), used_at };
    at.workstation.recovery_used(&used).await.unwrap();
    at.sync().await.unwrap();
}

async fn repeat<F, W>(shared: Arc<Shared>, who: usize, mut work: F)
where
    F: FnMut(usize) -> W + Send,
    W: Future<Output = ()> + Send,
{
    let mut turn = 0;
    while !shared.stopped.load(SeqCst) {
        work(turn).await;
        turn += 1;
        shared.turns[who].fetch_add(1, SeqCst);
    }
}
