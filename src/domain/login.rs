//! The login's state machine. A transition consumes the state it leaves; what the state does not allow is
//! a conflict that names it. The store repeats each condition in its UPDATE, so that of two who decide at
//! once one finds the other's decision.

use std::time::Duration;

use countersign_protocol::{
    Entry, Instant, ProblemCode,
    wire::{LoginState, desktop::Outcome},
};

use super::Refusal;

/// A row's `opened_at` may lie this far in the node's future before its clock is disbelieved: nodes agree
/// to within it, and a clock that was set back can't give an old login new life.
pub const CLOCK_SKEW: Duration = Duration::from_secs(5);

/// A login in whichever state it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// Nobody has decided.
    Pending(Pending),
    /// Approved.
    Approved(Approved),
    /// Over, without entry.
    Ended(Ended),
}

/// A login that waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// How it was entered.
    pub entry: Entry,
    /// True once a phone belongs to it: from the start for push, by its claim for QR.
    pub claimed: bool,
    /// Wrong QR secrets so far.
    pub wrong_claims: u32,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
}

/// A login that was approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// Until when the grant can be taken.
    pub take_until: Instant,
    /// True once it was.
    pub granted: bool,
}

/// A login that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Denied, expired, cancelled or superseded.
    pub state: LoginState,
    /// By what.
    pub outcome: Option<Outcome>,
}

/// Proof that the login's own credential signed the login's challenge, with user verification. Made only
/// where that was checked.
#[derive(Debug)]
pub struct VerifiedAssertion(());

impl VerifiedAssertion {
    /// To be called by the flow that has just verified the assertion, and by nobody else.
    #[must_use]
    pub fn witnessed() -> Self {
        Self(())
    }
}

/// Proof that the technician carried something from the workstation to the phone.
#[derive(Debug)]
pub struct Carried(());

impl Login {
    /// The state's name.
    #[must_use]
    pub fn state(&self) -> LoginState {
        match self {
            Self::Pending(_) => LoginState::Pending,
            Self::Approved(_) => LoginState::Approved,
            Self::Ended(ended) => ended.state,
        }
    }

    /// The login as it stands at `now`: a pending one whose time has ended is expired.
    #[must_use]
    pub fn expire_at(self, now: Instant) -> Self {
        match self {
            Self::Pending(pending) => pending.expire(now),
            other => other,
        }
    }

    /// The pending login, if it is one at `now`.
    ///
    /// # Errors
    /// `login_not_pending` with the state that it is in; one whose time has ended is `expired` even before
    /// a sweep has written that down.
    pub fn pending_at(self, now: Instant) -> Result<Pending, Refusal> {
        match self.expire_at(now) {
            Self::Pending(pending) => Ok(pending),
            other => Err(not_pending(other.state())),
        }
    }

    /// The approved login, if its grant can be taken (again) at `now`.
    ///
    /// # Errors
    /// `grant_not_available` with the state that it is in.
    pub fn takeable_at(self, now: Instant) -> Result<Approved, Refusal> {
        let state = self.state();
        match self {
            Self::Approved(approved) if now < approved.take_until => Ok(approved),
            _ => Err(Refusal::in_state(ProblemCode::GrantNotAvailable, state.as_str())),
        }
    }
}

/// The conflict of a login that is in `state`.
#[must_use]
pub fn not_pending(state: LoginState) -> Refusal {
    Refusal::in_state(ProblemCode::LoginNotPending, state.as_str())
}

impl Pending {
    /// True while the login may still be decided.
    #[must_use]
    pub fn lives_at(&self, now: Instant) -> bool {
        self.opened_at <= now + CLOCK_SKEW && now < self.expires_at
    }

    /// The typed code was compared: it carries the login to its phone, or ends it. One wrong code denies.
    ///
    /// # Errors
    /// The denied login, with outcome `wrong_code`; also for a login that has no code.
    pub fn carried_by_code(&self, matches: bool) -> Result<Carried, Ended> {
        if self.entry == Entry::Push && matches {
            return Ok(Carried(()));
        }
        Err(Ended { state: LoginState::Denied, outcome: Some(Outcome::WrongCode) })
    }

    /// The claim of the QR code carries the login to its phone.
    ///
    /// # Errors
    /// `conflict` if nobody has claimed it.
    pub fn carried_by_claim(&self) -> Result<Carried, Refusal> {
        if self.entry == Entry::Qr && self.claimed {
            return Ok(Carried(()));
        }
        Err(Refusal::because(ProblemCode::Conflict, "scan the workstation's QR code first"))
    }

    /// Approved: the assertion was verified, and the technician carried the code or the claim.
    #[must_use]
    pub fn approve(self, _: VerifiedAssertion, _: Carried, take_until: Instant) -> Approved {
        Approved { take_until, granted: false }
    }

    /// Denied by the technician or by a rule.
    #[must_use]
    pub fn deny(self, outcome: Outcome) -> Ended {
        Ended { state: LoginState::Denied, outcome: Some(outcome) }
    }

    /// Withdrawn by the workstation, or ended by a suspension.
    #[must_use]
    pub fn cancel(self, outcome: Outcome) -> Ended {
        Ended { state: LoginState::Cancelled, outcome: Some(outcome) }
    }

    /// Its place was taken by a newer login.
    #[must_use]
    pub fn supersede(self) -> Ended {
        Ended { state: LoginState::Superseded, outcome: None }
    }

    /// Its time has ended, or the pending login still.
    #[must_use]
    pub fn expire(self, now: Instant) -> Login {
        if self.lives_at(now) {
            return Login::Pending(self);
        }
        Login::Ended(Ended { state: LoginState::Expired, outcome: None })
    }

    /// Claimed by a phone that showed the right secret.
    ///
    /// # Errors
    /// `already_claimed`, also for push logins, which belong to a technician from the start.
    pub fn claim(mut self) -> Result<Self, Refusal> {
        if self.claimed || self.entry == Entry::Push {
            return Err(Refusal::new(ProblemCode::AlreadyClaimed));
        }
        self.claimed = true;
        Ok(self)
    }

    /// A wrong secret was shown: counted, and at `max` the login is denied.
    #[must_use]
    pub fn refuse_claim(mut self, max: u32) -> Login {
        self.wrong_claims += 1;
        if self.wrong_claims < max {
            return Login::Pending(self);
        }
        Login::Ended(Ended { state: LoginState::Denied, outcome: Some(Outcome::WrongClaims) })
    }
}

impl Approved {
    /// The grant was handed over.
    #[must_use]
    pub fn take(mut self) -> Self {
        self.granted = true;
        self
    }

    /// Something it rested on ended before the grant was taken.
    ///
    /// # Errors
    /// The login itself, if the grant was taken already: what happened, happened.
    pub fn revoke(self, outcome: Outcome) -> Result<Ended, Self> {
        if self.granted {
            return Err(self);
        }
        Ok(Ended { state: LoginState::Cancelled, outcome: Some(outcome) })
    }
}

#[cfg(test)]
mod tests;
