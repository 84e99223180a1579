//! Randomness from the system's generator.

#![allow(clippy::disallowed_methods)] // the one home of randomness

use aws_lc_rs::rand::{SecureRandom, SystemRandom as Generator};
use countersign_protocol::Instant;
use uuid::Uuid;

/// A source of unpredictable bytes.
pub trait Random: Send + Sync + 'static {
    /// Fills `out`.
    fn fill(&self, out: &mut [u8]);
}

fn uuid_v7<Id: From<Uuid>>(now: Instant, bytes: &[u8; 10]) -> Id {
    let millis = u64::try_from(now.unix_millis()).unwrap_or(0);
    Id::from(uuid::Builder::from_unix_timestamp_millis(millis, bytes).into_uuid())
}

impl dyn Random {
    /// An array of unpredictable bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }

    /// A new UUIDv7 (RFC 9562 section 5.7): 48 bits of `now` in milliseconds, 74 random bits.
    #[must_use]
    pub fn id<Id: From<Uuid>>(&self, now: Instant) -> Id {
        uuid_v7(now, &self.bytes())
    }

    /// A new UUIDv7 with a counter in its first 12 random bits (RFC 9562 section 6.2, method 1): of two of the same
    /// millisecond, the one with the larger counter comes later.
    #[must_use]
    pub fn nth_id<Id: From<Uuid>>(&self, now: Instant, nth: u16) -> Id {
        let mut bytes: [u8; 10] = self.bytes();
        [bytes[0], bytes[1]] = nth.min(0xfff).to_be_bytes();
        uuid_v7(now, &bytes)
    }

    /// A decimal code of `digits` digits, each code equally likely.
    #[must_use]
    pub fn code(&self, digits: u8) -> String {
        let bound = 10_u32.pow(u32::from(digits.min(9)));
        let fair = u32::MAX - u32::MAX % bound;
        loop {
            let draw = u32::from_be_bytes(self.bytes());
            if draw < fair {
                return format!("{:0width$}", draw % bound, width = usize::from(digits.min(9)));
            }
        }
    }
}

/// The operating system's generator, by way of aws-lc-rs.
pub struct SystemRandom(Generator);

impl SystemRandom {
    /// The system's generator.
    #[must_use]
    pub fn new() -> Self {
        Self(Generator::new())
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    /// # Panics
    /// If the operating system has no randomness to give: nothing secret can be made then.
    #[allow(clippy::expect_used)]
    fn fill(&self, out: &mut [u8]) {
        self.0.fill(out).expect("the operating system gives randomness");
    }
}
