//! The workstation's book: which codes it has accepted, and so which it still accepts.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Bounds, OfflineRules, Refusal, Rows, SecretVersion, Wait, code,
    lock::Lock,
    rules::ONE,
    search::{Found, RESYNCHRONISATION_STEPS, Search},
    skew::Offset,
};
use crate::{Instant, TechnicianId};

/// The workstation's two clocks.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The wall clock.
    pub wall: Instant,
    /// The monotonic clock, since the agent started.
    pub uptime: Duration,
}

/// What was typed.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The user name; which row is checked hangs on it in derived mode only.
    pub name: &'a str,
    /// The code.
    pub code: &'a str,
    /// The code that the phone showed after it, to resynchronise.
    pub next: Option<&'a str>,
}

/// An answer of the service: over its authenticated connection only.
#[derive(Clone, Copy, Debug)]
pub struct Contact {
    /// The service's time in it.
    pub server_time: Instant,
    /// The offset that it showed, if it was quick enough to show one.
    pub offset: Option<Offset>,
}

/// A code that was accepted: its session may begin once the ledger is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The row's technician, in derived mode.
    pub technician: Option<TechnicianId>,
    /// The version of the secret.
    pub version: SecretVersion,
    /// The code's step; no code of it or of an earlier one is accepted again from this row.
    pub step: u64,
    /// The number of the session among all that this workstation accepted, from 1: a gap shows that one was
    /// left out of what it uploaded.
    pub sequence: u64,
    /// The service's time at the last contact before it.
    pub contact: Instant,
}

/// An older state document than the one that was applied, or another of the same version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a newer state document has been applied")]
pub struct StaleRules;

/// What the workstation remembers between checks: no secret. It must be on disk before the verdict is acted on,
/// and what is on disk must not be replaced by an older state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    applied: u64,
    clearances: u32,
    lock: Lock,
    rows: BTreeMap<String, Memory>,
    contact: Option<Instant>,
    latest: Option<Instant>,
    offset: Offset,
    sessions: u32,
    accepted: u64,
}

/// What is remembered of a row, across all versions of its secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Memory {
    /// The last step accepted.
    last: Option<u64>,
    /// How many steps its codes are ahead of the workstation's corrected clock.
    drift: i64,
}

impl Ledger {
    /// The ledger once the rules of a newer state document are applied. Acknowledge the document after this is
    /// kept.
    ///
    /// # Errors
    /// [`StaleRules`] if a newer document has been applied: answers get lost and arrive late.
    pub fn applied(mut self, rules: &OfflineRules) -> Result<Self, StaleRules> {
        if rules.version < self.applied {
            return Err(StaleRules);
        }
        self.applied = rules.version;
        if rules.clearances > self.clearances {
            self.clearances = rules.clearances;
            self.lock.cleared();
        }
        self.lock.keep_names(|name| match &rules.rows {
            Rows::Off => false,
            Rows::One { .. } => name == ONE,
            Rows::ByName { rows } => rows.contains_key(name),
        });
        Ok(self)
    }

    /// The ledger after an answer of the service: sessions and days count from here, and what codes taught about
    /// the clock gives way to what was measured.
    ///
    /// An answer that arrives after a later one changes nothing.
    ///
    /// It forgives no failure: whoever pulls the cable can plug it in again. The service forgives, by a state
    /// document with a higher count of clearances.
    #[must_use]
    pub fn contacted(mut self, contact: Contact) -> Self {
        if self.contact.is_some_and(|last| contact.server_time < last) {
            return self;
        }
        self.contact = Some(contact.server_time);
        self.latest = Some(contact.server_time);
        self.sessions = 0;
        if let Some(offset) = contact.offset {
            self.offset = offset;
            self.rows.values_mut().for_each(|row| row.drift = 0);
        }
        self
    }

    /// Checks what was typed: the ledger as it must be kept from now on, and the verdict.
    #[must_use = "the ledger must be kept whatever the verdict"]
    pub fn check(
        mut self,
        rules: &OfflineRules,
        attempt: Attempt<'_>,
        at: Reading,
    ) -> (Self, Result<Accepted, Refusal>) {
        let verdict = self.judge(rules, attempt, at);
        (self, verdict)
    }

    /// The failures that nothing has forgiven, of which 100 lock the workstation until the service does.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.lock.failures()
    }

    /// How many sessions there were since the last contact.
    #[must_use]
    pub fn sessions(&self) -> u32 {
        self.sessions
    }

    /// The state document that was applied last.
    #[must_use]
    pub fn applied_version(&self) -> u64 {
        self.applied
    }

    /// The offset that was measured last.
    #[must_use]
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// The service's time, as far as the workstation knows it: never before what it was known to be earlier, so
    /// that a clock that is set back prolongs nothing.
    #[must_use]
    pub fn now(&self, wall: Instant) -> Instant {
        let corrected = self.offset.correct(wall);
        self.latest.map_or(corrected, |latest| latest.max(corrected))
    }

    fn judge(
        &mut self,
        rules: &OfflineRules,
        attempt: Attempt<'_>,
        at: Reading,
    ) -> Result<Accepted, Refusal> {
        let now = self.now(at.wall);
        self.latest = Some(now);
        self.may_be_checked(rules, now, at.uptime)?;
        let digits = rules.code.digits.count();
        let typed = |text| rules.code.digits_of(text).ok_or(Refusal::NotACode { digits });
        let first = typed(attempt.code)?;
        let next = attempt.next.map(typed).transpose()?;

        let row = rules.row(attempt.name);
        let memory = row.as_ref().and_then(|(key, _)| self.rows.get(key)).copied();
        let memory = memory.unwrap_or_default();
        let clock = code::step(self.offset.correct(at.wall));
        // What was shown long before the last contact is over, whatever the wall clock says by now.
        let floor = self.contact.map_or(0, code::step).saturating_sub(RESYNCHRONISATION_STEPS);
        let row_only = row.as_ref().map(|(_, row)| *row);
        let search = Search { rule: rules.code, row: row_only, now, last: memory.last, floor };
        let found = match &next {
            None => search.single(&first, clock.saturating_add_signed(memory.drift)),
            Some(next) => search.pair(&first, next, clock),
        };
        match (row, found) {
            (Some((key, row)), Found::New { version, step }) => {
                let drift = if next.is_some() { apart(step, clock) } else { memory.drift };
                self.lock.succeeded(&key);
                self.rows.insert(key, Memory { last: Some(step), drift });
                self.sessions = self.sessions.saturating_add(1);
                self.accepted = self.accepted.saturating_add(1);
                let technician = row.technician;
                let contact = self.contact.unwrap_or(now);
                Ok(Accepted { technician, version, step, sequence: self.accepted, contact })
            }
            (row, found) => {
                let used = row.is_some() && matches!(found, Found::Used);
                self.lock.failed(row.map(|(key, _)| key), at.uptime);
                Err(if used { Refusal::Used } else { Refusal::Wrong })
            }
        }
    }

    fn may_be_checked(
        &mut self,
        rules: &OfflineRules,
        now: Instant,
        uptime: Duration,
    ) -> Result<(), Refusal> {
        if rules.version != self.applied {
            return Err(Refusal::NotApplied);
        }
        if rules.rows == Rows::Off {
            return Err(Refusal::Off);
        }
        match self.lock.wait(uptime) {
            Some(Wait::For(remaining)) => return Err(Refusal::Locked { remaining }),
            Some(Wait::UntilContact) => return Err(Refusal::LockedUntilContact),
            None => {}
        }
        let Bounds { sessions, days } = rules.bounds;
        if self.contact.is_none_or(|contact| now.since(contact) > rules.bounds.span()) {
            return Err(Refusal::TooLongAway { allowed: days });
        }
        if self.sessions >= sessions {
            return Err(Refusal::SessionsSpent { allowed: sessions });
        }
        Ok(())
    }
}

/// How many steps `step` is ahead of `clock`; the search found it within [`RESYNCHRONISATION_STEPS`].
fn apart(step: u64, clock: u64) -> i64 {
    let steps = i64::try_from(step.abs_diff(clock)).unwrap_or(i64::MAX);
    if step < clock { -steps } else { steps }
}

#[cfg(test)]
mod tests;
