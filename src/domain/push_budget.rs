//! How often a technician's phones are woken. Whoever knows a name can open logins for it, so pushes are counted
//! since the technician's last success and no new login begins the count anew. Above the cap, and in the pauses after
//! denials, a login is still there and the app shows it: only the push is held back.

use std::time::Duration;

use countersign_protocol::Instant;

/// The caps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Logins whose phones are told, since the last success.
    pub most: u32,
    /// The pause after the first denial; it doubles with each further one.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Caps {
    /// After how long without a push the count begins anew: an attacker who waits that long between two has won
    /// nothing.
    pub const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);
}

/// What is counted for one technician.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PushBudget {
    sent: u32,
    denials: u32,
    silent_until: Option<Instant>,
}

/// Why phones are not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBack {
    /// As many as may be told since the last success.
    AtTheCap,
    /// A denial was not long ago.
    AfterDenial,
}

impl HeldBack {
    /// The word in the record.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AtTheCap => "cap",
            Self::AfterDenial => "after_denial",
        }
    }
}

impl PushBudget {
    /// The phones are told of one more login.
    ///
    /// # Errors
    /// If they are to be left in peace.
    pub fn take(self, caps: &Caps, now: Instant) -> Result<Self, HeldBack> {
        if self.silent_until.is_some_and(|until| now < until) {
            return Err(HeldBack::AfterDenial);
        }
        if self.sent >= caps.most {
            return Err(HeldBack::AtTheCap);
        }
        Ok(Self { sent: self.sent + 1, ..self })
    }

    /// The technician approved: everything begins anew.
    #[must_use]
    pub fn succeeded(self) -> Self {
        Self::default()
    }

    /// The technician denied: a pause, longer each time.
    #[must_use]
    pub fn denied(self, caps: &Caps, now: Instant) -> Self {
        let pause = caps.first_pause.saturating_mul(1 << self.denials.min(16));
        Self {
            denials: self.denials.saturating_add(1),
            silent_until: Some(now + pause.min(caps.longest_pause)),
            ..self
        }
    }

    /// As three numbers: pushes, denials, and the pause's end in Unix milliseconds, 0 for none.
    #[must_use]
    pub fn to_numbers(self) -> [i64; 3] {
        let until = self.silent_until.map_or(0, Instant::unix_millis);
        [self.sent.into(), self.denials.into(), until]
    }

    /// What [`to_numbers`](Self::to_numbers) made.
    #[must_use]
    pub fn from_numbers([sent, denials, until]: [i64; 3]) -> Self {
        Self {
            sent: u32::try_from(sent).unwrap_or(u32::MAX),
            denials: u32::try_from(denials).unwrap_or(u32::MAX),
            silent_until: (until != 0).then(|| Instant::from_unix_millis(until)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: Caps = Caps {
        most: 2,
        first_pause: Duration::from_secs(30),
        longest_pause: Duration::from_secs(100),
    };

    fn at(seconds: i64) -> Instant {
        Instant::from_unix_millis(seconds * 1000)
    }

    #[test]
    fn only_a_success_begins_the_count_anew() {
        let told = PushBudget::default().take(&CAPS, at(1)).unwrap().take(&CAPS, at(2)).unwrap();
        assert_eq!(told.take(&CAPS, at(100_000)), Err(HeldBack::AtTheCap));
        assert!(told.succeeded().take(&CAPS, at(3)).is_ok());
    }

    #[test]
    fn the_pause_after_denials_doubles_up_to_the_longest() {
        let mut budget = PushBudget::default();
        for pause in [30, 60, 100, 100] {
            budget = budget.denied(&CAPS, at(0));
            assert_eq!(budget.take(&CAPS, at(pause) + Duration::ZERO).map(drop), Ok(()));
            let just_before = Instant::from_unix_millis(pause * 1000 - 1);
            assert_eq!(budget.take(&CAPS, just_before), Err(HeldBack::AfterDenial));
        }
    }

    #[test]
    fn a_budget_survives_as_numbers() {
        let budget = PushBudget::default().take(&CAPS, at(1)).unwrap().denied(&CAPS, at(2));
        assert_eq!(PushBudget::from_numbers(budget.to_numbers()), budget);
    }
}
