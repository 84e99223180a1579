//! What became of a notice, for the record and the metrics.

use super::{alert::Telling, desk::Desk};
use crate::{domain::Fact, push::Kind};

impl Telling {
    pub(super) fn accepted(&self, desk: &Desk, channel: &'static str) {
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
    pub(super) fn given_up(&self, desk: &Desk, channel: &'static str, last: &str, attempts: u32) {
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
