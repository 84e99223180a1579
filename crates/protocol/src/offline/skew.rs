//! How far a machine's clock is off, measured on each answer of the service, and what that means for codes.
//!
//! The reckoning is NTP's (RFC 5905 section 8) with one server timestamp: the service's time is taken to be that
//! of the middle of the exchange, and can be wrong by half of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::code::STEP_SECONDS;
use crate::Instant;

/// One request and its answer, as the machine saw it.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    /// The machine's wall clock when it sent the request.
    pub sent: Instant,
    /// How long the answer took on the machine's monotonic clock, so that a step of the wall clock in between
    /// changes nothing.
    pub took: Duration,
    /// The service's time in the answer.
    pub server_time: Instant,
}

/// How far a machine's clock is from the service's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Offset {
    /// The service's time less the machine's, in milliseconds: negative if the machine is ahead.
    pub millis: i64,
    /// By how much that can be wrong, in milliseconds.
    pub within_millis: u64,
}

/// No offset is believed from an exchange that took longer than this.
pub const LONGEST_EXCHANGE: Duration = Duration::from_secs(10);

impl Exchange {
    /// The offset that the exchange shows; `None` if it took so long that it shows none.
    #[must_use]
    pub fn offset(&self) -> Option<Offset> {
        if self.took > LONGEST_EXCHANGE {
            return None;
        }
        let half = self.took / 2;
        let middle = self.sent + half;
        let millis = self.server_time.unix_millis() - middle.unix_millis();
        // One more for what whole milliseconds cut off.
        let within_millis = u64::try_from(half.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        Some(Offset { millis, within_millis })
    }
}

/// What a machine's offset means for offline codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClockHealth {
    /// Codes are accepted.
    Fine,
    /// More than [`Offset::WARN_SECONDS`] off: codes are still accepted, but not for long if it goes on.
    Warn,
    /// More than a step off: codes fail, some of the time at first and all of the time from two steps on.
    Broken,
}

impl Offset {
    /// From where a machine's owner is warned, in seconds. The skew of one step takes 30 from both clocks
    /// together, so this leaves 10 for the phone's.
    pub const WARN_SECONDS: u64 = 20;

    /// What the offset means. An exchange that was slow never makes it worse than what is certain.
    #[must_use]
    pub fn health(self) -> ClockHealth {
        let certain = self.millis.unsigned_abs().saturating_sub(self.within_millis);
        if certain > STEP_SECONDS * 1000 {
            ClockHealth::Broken
        } else if certain > Self::WARN_SECONDS * 1000 {
            ClockHealth::Warn
        } else {
            ClockHealth::Fine
        }
    }

    /// The service's time when the machine's wall clock says `wall`.
    #[must_use]
    pub fn correct(self, wall: Instant) -> Instant {
        Instant::from_unix_millis(wall.unix_millis().saturating_add(self.millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_348_800_000;

    fn exchange(server_millis: i64, took_millis: u64) -> Exchange {
        Exchange {
            sent: Instant::from_unix_millis(NOON),
            took: Duration::from_millis(took_millis),
            server_time: Instant::from_unix_millis(NOON + server_millis),
        }
    }

    #[test]
    fn the_service_answers_in_the_middle_and_the_true_offset_is_within_the_bound() {
        let offset = exchange(5_100, 200).offset().expect("a quick exchange");
        assert_eq!(offset, Offset { millis: 5_000, within_millis: 101 });
        for (out, back) in [(0, 200), (200, 0), (50, 150)] {
            // The machine is `true_offset` behind, and the request took `out`.
            let true_offset = 7_000;
            let measured = exchange(true_offset + out, u64::try_from(out + back).unwrap_or(0));
            let offset = measured.offset().expect("a quick exchange");
            assert!(offset.millis.abs_diff(true_offset) <= offset.within_millis);
        }
    }

    #[test]
    fn a_machine_is_warned_before_its_codes_break() {
        let health = |millis| Offset { millis, within_millis: 10 }.health();
        assert_eq!(health(20_010), ClockHealth::Fine);
        assert_eq!(health(-20_011), ClockHealth::Warn);
        assert_eq!(health(30_010), ClockHealth::Warn);
        assert_eq!(health(-30_011), ClockHealth::Broken);
    }

    #[test]
    fn a_slow_answer_is_no_reason_to_warn() {
        let slow = exchange(24_000, 9_000).offset().expect("within the longest");
        assert_eq!(slow.health(), ClockHealth::Fine);
        assert_eq!(exchange(24_000, 10_001).offset(), None);
    }

    #[test]
    fn a_corrected_clock_says_the_services_time() {
        let offset = exchange(-60_000, 0).offset().expect("a quick exchange");
        assert_eq!(
            offset.correct(Instant::from_unix_millis(NOON)),
            Instant::from_unix_millis(NOON - 60_000)
        );
    }
}
