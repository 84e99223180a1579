//! One notice to one phone, until its vendor has taken it or there is no point any more.

use std::{sync::Arc, time::Duration};

use countersign_protocol::{Instant, MspId, TenantId};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant as Timer, sleep_until},
};

use super::{
    Judged,
    allowance::Allowance,
    circuit::{Admission, Circuit},
    desk::Desk,
    lane::Lane,
};
use crate::{
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
    /// What an alert needs before the phone may ring.
    pub(super) allowance: Option<Arc<Allowance>>,
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
            let Some(turn) = lane.turn().await else { return };
            let alone = desk.order.alone(self.notice.login, self.phone.device).await;
            // Leave to try is asked for last: whoever waited for a turn may find that the vendor is away by now.
            let closed = circuit.closed();
            let admission = match circuit.admit(Timer::now()) {
                Ok(admission) => admission,
                Err(next) => {
                    drop((alone, turn));
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
                circuit.spared(admission, Timer::now());
                return self.given_up(desk, channel, &last, attempts);
            }
            if !self.may_ring(desk).await {
                return circuit.spared(admission, Timer::now());
            }
            let now = desk.clock.now();
            let sent = lane.channel.send(&self.phone.push, &self.notice, now).await;
            drop((alone, turn));
            learn(&circuit, admission, &sent, channel);
            let Err(fault) = sent else { return self.accepted(desk, channel) };
            if fault == Fault::Unwanted {
                return self.given_up(desk, channel, &last, attempts);
            }
            attempts += 1;
            last = fault.reason().to_owned();
            let Some(after) = self.after_which(desk, channel, fault).await else {
                return self.failed(desk, channel, &last, attempts);
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

    async fn may_ring(&self, desk: &Desk) -> bool {
        match &self.allowance {
            Some(allowance) => desk.allows(allowance, self).await,
            None => true,
        }
    }

    /// How long to wait at least before it is tried again; `None` if it is not, for this fault.
    async fn after_which(
        &self,
        desk: &Desk,
        channel: &'static str,
        fault: Fault,
    ) -> Option<Duration> {
        match fault {
            Fault::Later { after, .. } | Fault::Busy { after, .. } => {
                return Some(after.unwrap_or_default());
            }
            Fault::Gone { .. } | Fault::Suspicious { .. } => {
                let (device, push) = (self.phone.device, self.phone.push.clone());
                desk.book.judge(Judged { msp: self.msp, device, push, fault }).await;
            }
            Fault::Ours { reason } => {
                tracing::error!(channel, reason, "a push vendor refuses our keys or settings");
            }
            Fault::Never { .. } | Fault::Unwanted => {}
        }
        None
    }

    /// Waits until `next`, or the login's end if that comes sooner, and not at all if the node stops before.
    async fn wait(&self, desk: &Desk, parked: &mut Option<Parked>, next: Timer) -> Between {
        tokio::select! {
            between = self.wait_until(desk, parked, next) => between,
            () = desk.stops_before(next) => Between::Over,
        }
    }

    /// Whoever decides on any node ends the wait, and this node then knows it. Only a wake-up looks the login up: many
    /// wait while a vendor is away.
    async fn wait_until(&self, desk: &Desk, parked: &mut Option<Parked>, next: Timer) -> Between {
        if self.notice.kind != Kind::Alert {
            sleep_until(next).await;
            return Between::GoOn;
        }
        let parked = parked.get_or_insert_with(|| desk.hub.listen(&[self.notice.login.0]));
        while !self.is_over(desk) {
            let left = self.notice.expires_at.since(desk.clock.now());
            let until = next.min(Timer::now() + left);
            match parked.woken(until.saturating_duration_since(Timer::now())).await {
                Woken::ByTopic if self.still_pending(desk).await => {}
                Woken::ByTopic => return Between::Over,
                // Nothing is heard any more while requests are still answered: the login is read before the next try.
                Woken::Draining => sleep_until(until).await,
                Woken::TimedOut => {}
            }
            if Timer::now() >= next {
                return Between::GoOn;
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
}

/// What a try says of the vendor.
fn learn(circuit: &Circuit, tried: Admission, sent: &Result<(), Fault>, channel: &'static str) {
    let now = Timer::now();
    match sent {
        Err(Fault::Later { reason, after }) => {
            if circuit.failed(tried, now) {
                tracing::warn!(channel, reason, "a push vendor does not answer");
            }
            if let Some(after) = after.filter(|after| !after.is_zero()) {
                circuit.asked(now + after);
            }
        }
        Err(Fault::Unwanted) => circuit.spared(tried, now),
        Ok(()) | Err(_) => circuit.answered(now),
    }
}

/// The pause after so many attempts: doubled each time, and spread from a half to one and a half of it.
fn pause(desk: &Desk, attempts: u32) -> Duration {
    let step = (FIRST * 2_u32.pow(attempts.saturating_sub(1).min(10))).min(LONGEST);
    let spread = u32::from(u16::from_be_bytes(desk.random.bytes()));
    step / 2 + step * spread / u32::from(u16::MAX)
}
