//! Why a workstation did not accept a code, in words for who typed it.

use std::time::Duration;

/// Why a code is not accepted. The text says what to do; it never says whether the name or the code was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was typed has not the form of a code; it does not count as a failure.
    #[error("type the {digits} digits that the phone shows")]
    NotACode {
        /// How many digits a code has here.
        digits: u8,
    },
    /// The name or the code is wrong, the code is too old, or its secret has ended. Counted.
    #[error(
        "the name or the code is wrong; if the code was fresh, type two codes that follow each other"
    )]
    Wrong,
    /// A code of this step or a later one has been accepted already. Counted.
    #[error("this code has been used: wait for the next one")]
    Used,
    /// Too many failures: nothing is checked for a while, and this attempt did not count.
    #[error("too many wrong codes: try again in {} seconds", .remaining.as_secs().max(1))]
    Locked {
        /// How long, on the workstation's monotonic clock.
        remaining: Duration,
    },
    /// A hundred failures without a success between them.
    #[error("too many wrong codes: this workstation must be online before it takes a code again")]
    LockedUntilContact,
    /// As many offline sessions as the tenant allows without contact.
    #[error("{allowed} sessions without network are the limit: connect this workstation first")]
    SessionsSpent {
        /// How many are allowed.
        allowed: u32,
    },
    /// Longer without contact than the tenant allows.
    #[error("{allowed} days without network are the limit: connect this workstation first")]
    TooLongAway {
        /// How many days are allowed.
        allowed: u16,
    },
    /// The tenant or the workstation takes no offline codes.
    #[error("this workstation takes no offline codes")]
    Off,
    /// The rules at hand are not those that were applied last: an older state document, or one that was read
    /// without being applied.
    #[error("this workstation's rules are not the ones it applied last: connect it first")]
    NotApplied,
}
