//! One notice to one phone, until its vendor has taken it or there is no point any more.

use std::{sync::Arc, time::Duration};

use countersign_protocol::{Instant, MspId, TenantId};
use tokio::{sync::OwnedSemaphorePermit, time::Instant as Timer};

use super::{Judged, desk::Desk, lane::Lane};
use crate::{
    domain::Fact,
    push::{Fault, Kind, Notice},
    store::devices::Phone,
    wake::{Parked, Woken},
};

/// The first and the longest pause before a notice is tried again, and how often a withdrawal is tried.
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(8);
const WITHDRAWAL_TRIES: u32 = 3;
/// How long after a login's time its withdrawal is still worth a place in the queue.
const WITHDRAWAL_LIFE: Duration = Duration::from_secs(60);

/// What a wait between two tries found.
enum Between {
    GoOn,
    Over,
}

/// A notice on its way to a phone.
pub(super) struct Telling {
    pub(super) msp: MspId,
    pub(super) tenant: TenantId,
    pub(super) opened_at: Instant,
    pub(super) phone: Phone,
    pub(super) notice: Notice,
}

impl Telling {
    /// Sends it, again after each failure that may pass. `place` is held until the end.
    pub(super) async fn tell(self, desk: Arc<Desk>, lane: Arc<Lane>, place: OwnedSemaphorePermit) {
        let channel = lane.channel.name();
        desk.metrics.push_waiting(channel, lane.waiting());
        self.try_until_over(&desk, &lane).await;
        drop(place);
        desk.metrics.push_waiting(channel, lane.waiting());
    }

    async fn try_until_over(&self, desk: &Desk, lane: &Lane) {
        let channel = lane.channel.name();
        let circuit = lane.circuit(&self.phone.push);
        let mut attempts = 0;
        let mut last = String::from("expired");
        let mut parked: Option<Parked> = None;
        loop {
            if self.is_over(desk) {
                return self.given_up(desk, channel, &last, attempts);
            }
            // Leave to try is asked for last: whoever waited for a turn may find that the vendor is away by now.
            let Some(turn) = lane.turn().await else { return };
            let closed = circuit.closed();
            let admission = match circuit.admit(Timer::now()) {
                Ok(admission) => admission,
                Err(next) => {
                    drop(turn);
                    last = "circuit_open".into();
                    let between = tokio::select! {
                        () = closed => Between::GoOn,
                        between = self.wait(desk, &mut parked, next) => between,
                    };
                    match between {
                        Between::GoOn => continue,
                        Between::Over => return self.given_up(desk, channel, &last, attempts),
                    }
                }
            };
            // Whoever has waited may have missed how the login ended.
            let missed = parked.is_some() && !self.still_pending(desk).await;
            if missed || self.is_over(desk) {
                return self.given_up(desk, channel, &last, attempts);
            }
            let now = desk.clock.now();
            let sent = lane.channel.send(&self.phone.push, &self.notice, now).await;
            drop(turn);
            attempts += 1;
            let Err(fault) = sent else {
                circuit.answered();
                return self.accepted(desk, channel);
            };
            if is_outage(&fault) {
                if circuit.failed(admission, Timer::now()) {
                    tracing::warn!(
                        channel,
                        reason = fault.reason(),
                        "a push vendor does not answer"
                    );
                }
            } else {
                circuit.answered();
            }
            last = fault.reason().to_owned();
            let after = match fault {
                Fault::Later { after, .. } => after.unwrap_or_default(),
                Fault::Gone { .. } | Fault::Suspicious { .. } => {
                    let (device, push) = (self.phone.device, self.phone.push.clone());
                    desk.book.judge(Judged { msp: self.msp, device, push, fault }).await;
                    return self.failed(desk, channel, &last, attempts);
                }
                Fault::Ours { .. } => {
                    tracing::error!(
                        channel,
                        reason = last,
                        "a push vendor refuses our keys or settings"
                    );
                    return self.failed(desk, channel, &last, attempts);
                }
                Fault::Never { .. } => return self.failed(desk, channel, &last, attempts),
            };
            if self.notice.kind == Kind::Withdraw && attempts >= WITHDRAWAL_TRIES {
                return self.failed(desk, channel, &last, attempts);
            }
            let next = Timer::now() + after.max(pause(desk, attempts));
            if matches!(self.wait(desk, &mut parked, next).await, Between::Over) {
                return self.given_up(desk, channel, &last, attempts);
            }
        }
    }

    /// True if nothing may start any more, as far as this node knows.
    fn is_over(&self, desk: &Desk) -> bool {
        let now = desk.clock.now();
        if self.notice.kind == Kind::Withdraw {
            return now >= self.notice.expires_at + WITHDRAWAL_LIFE;
        }
        desk.has_ended(self.notice.login) || now >= self.notice.expires_at
    }

    /// Waits until `next`, or the login's end if that comes sooner; whoever decides on any node ends the wait, and
    /// this node then knows it. Only a wake-up looks the login up: many wait while a vendor is away.
    async fn wait(&self, desk: &Desk, parked: &mut Option<Parked>, next: Timer) -> Between {
        if self.notice.kind != Kind::Alert {
            tokio::time::sleep_until(next).await;
            return Between::GoOn;
        }
        let parked = parked.get_or_insert_with(|| desk.hub.listen(&[self.notice.login.0]));
        while !self.is_over(desk) {
            let left = self.notice.expires_at.since(desk.clock.now());
            let until = next.min(Timer::now() + left);
            match parked.woken(until.saturating_duration_since(Timer::now())).await {
                Woken::ByTopic if self.still_pending(desk).await => {}
                Woken::ByTopic | Woken::Draining => return Between::Over,
                Woken::TimedOut if Timer::now() >= next => return Between::GoOn,
                Woken::TimedOut => {}
            }
        }
        Between::Over
    }

    /// A login that can't be read, or whose phones are no longer to be told, is given up too, and may be told of
    /// again.
    async fn still_pending(&self, desk: &Desk) -> bool {
        let login = self.notice.login;
        let Some(found) = desk.book.announced(self.msp, login).await else { return false };
        let waits = found.waits_at(desk.clock.now());
        if !waits {
            desk.learned_end(login);
        }
        waits
    }

    fn accepted(&self, desk: &Desk, channel: &'static str) {
        desk.metrics.push_fate(channel, "accepted");
        if self.notice.kind != Kind::Alert {
            return;
        }
        let after = desk.clock.now().since(self.opened_at);
        desk.accepted_by(self.notice.login, channel);
        desk.metrics.push_took(channel, "accepted", after);
        let fact = Fact::PushAccepted {
            device: self.phone.device,
            channel: channel.to_owned(),
            after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
        };
        let sentence = format!("{channel} took the notice of a login");
        desk.observe(self.msp, self.tenant, self.notice.login, &sentence, fact);
    }

    /// Nothing more to try: a login that was decided needs no word of it, one that ran out does.
    fn given_up(&self, desk: &Desk, channel: &'static str, last: &str, attempts: u32) {
        let ran_out = desk.clock.now() >= self.notice.expires_at;
        if desk.has_ended(self.notice.login) && !ran_out {
            desk.metrics.push_fate(channel, "overtaken");
        } else {
            self.failed(desk, channel, last, attempts);
        }
    }

    /// The phone was not told.
    pub(super) fn failed(&self, desk: &Desk, channel: &'static str, reason: &str, attempts: u32) {
        desk.metrics.push_fate(channel, reason);
        if self.notice.kind != Kind::Alert {
            return;
        }
        let fact = Fact::PushFailed {
            device: self.phone.device,
            channel: channel.to_owned(),
            reason: reason.to_owned(),
            attempts,
        };
        let sentence = format!("{channel} did not take the notice of a login: {reason}");
        desk.observe(self.msp, self.tenant, self.notice.login, &sentence, fact);
    }
}

/// Whether the vendor as a whole fails, and not this one notice.
fn is_outage(fault: &Fault) -> bool {
    let Fault::Later { reason, .. } = fault else { return false };
    !["TooMany", "QUOTA_EXCEEDED", "http_429"].iter().any(|busy| reason.starts_with(busy))
}

/// The pause after so many attempts: doubled each time, and spread from a half to one and a half of it.
fn pause(desk: &Desk, attempts: u32) -> Duration {
    let step = (FIRST * 2_u32.pow(attempts.saturating_sub(1).min(10))).min(LONGEST);
    let spread = u32::from(u16::from_be_bytes(desk.random.bytes()));
    step / 2 + step * spread / u32::from(u16::MAX)
}
