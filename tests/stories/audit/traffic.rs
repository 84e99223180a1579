//! Clients at work while servers fail. What they were told is the oracle: every answer has its event.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use countersign::domain::Entity;
use countersign_protocol::{LoginId, wire::mobile::DenyReason};
use countersign_testkit::{SoftPhone, SoftWorkstation};
use tokio::task::JoinHandle;

use super::Log;
use crate::house::soon;

/// Logins that are opened and decided, one after the other, until it is stopped.
pub struct Traffic {
    counted: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
    running: JoinHandle<Answers>,
}

/// What clients were told: which login, and what became of it.
#[derive(Default)]
pub struct Answers(BTreeSet<(LoginId, &'static str)>);

impl Traffic {
    /// Starts.
    pub fn of(phone: SoftPhone, workstation: SoftWorkstation) -> Self {
        let (counted, stopped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, stop) = (Arc::clone(&counted), Arc::clone(&stopped));
        let running = tokio::spawn(async move {
            let mut answers = Answers::default();
            let mut turn = 0_usize;
            while !stop.load(SeqCst) {
                turn += 1;
                let by_name = turn.is_multiple_of(2);
                let opened = match by_name {
                    true => workstation.open_push("nik").await,
                    // A name may be entered only so often.
                    false => workstation.open_qr().await,
                };
                let Ok(login) = opened else {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                };
                answers.0.insert((login.id(), "login_opened"));
                let decided = if !by_name {
                    phone.approve_qr(&workstation.qr_link(&login)).await.map(|_| "login_approved")
                } else if turn.is_multiple_of(4) {
                    phone.deny(login.id(), DenyReason::Mistake).await.map(|_| "login_denied")
                } else {
                    let code = login.code.clone().unwrap();
                    phone.approve(login.id(), &code).await.map(|_| "login_approved")
                };
                if let Ok(word) = decided {
                    answers.0.insert((login.id(), word));
                    count.fetch_add(1, SeqCst);
                }
            }
            answers
        });
        Self { counted, stopped, running }
    }

    /// Returns once this many more logins were decided.
    pub async fn goes_on(&self, logins: usize) {
        let until = self.counted.load(SeqCst) + logins;
        let decided = async {
            while self.counted.load(SeqCst) < until {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        soon(decided).await;
    }

    /// Stops it: what the clients were told.
    pub async fn stop(self) -> Answers {
        self.stopped.store(true, SeqCst);
        soon(self.running).await.unwrap()
    }
}

impl Answers {
    /// Every answer has its event in the log, once, and the log is sound.
    pub fn stand_in(&self, log: &Log) {
        log.is_sound();
        assert_eq!(log.waiting, Vec::<String>::new());
        let mut recorded: BTreeMap<(LoginId, &str), usize> = BTreeMap::new();
        for entry in &log.entries {
            if let Entity::Login(login) = entry.event.entity {
                *recorded.entry((login, entry.event.fact.word())).or_default() += 1;
            }
        }
        for answer in &self.0 {
            assert_eq!(recorded.get(answer), Some(&1), "{answer:?}");
        }
        assert!(self.0.len() > 4, "there was traffic");
    }
}
