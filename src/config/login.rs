//! The life of a login, and the caps around it.

use std::time::Duration;

use serde::Deserialize;

use super::Unsafe;
use crate::domain::push_budget::Caps;

/// `[login]`: lifetimes, codes and caps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// How long a login may be approved, in seconds.
    pub lifetime_s: u64,
    /// How long an approved login's grant may be taken, in seconds.
    pub grant_take_s: u64,
    /// Digits of the code; tenants may raise it.
    pub code_digits: u8,
    /// Logins a minute for one name.
    pub per_name_per_minute: u32,
    /// Logins a minute from one workstation.
    pub per_workstation_per_minute: u32,
    /// Logins a minute from one tenant.
    pub per_tenant_per_minute: u32,
    /// Wrong claims that end a login.
    pub claims_wrong_max: u32,
    /// Consecutive failures that pause a technician's push logins.
    pub pause_after_failures: u32,
    /// How long such a pause lasts, in seconds.
    pub pause_s: u64,
    /// Consecutive failures that suspend a technician's devices.
    pub suspend_after_failures: u32,
    /// Logins whose phones are told, since the technician's last success.
    pub pushes_until_success: u32,
    /// How long phones are not told after a denial, in seconds; doubled with each further one.
    pub push_pause_s: u64,
    /// The longest such pause, in seconds.
    pub push_pause_longest_s: u64,
}

impl Login {
    /// How long each secret of a QR code stands on the screen; part of the protocol, not a setting.
    pub const CLAIM_STEP: Duration = Duration::from_secs(10);

    /// How long a login may be approved.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(self.lifetime_s)
    }

    /// How long an approved login's grant may be taken.
    #[must_use]
    pub fn grant_take(&self) -> Duration {
        Duration::from_secs(self.grant_take_s)
    }

    /// How often phones are told.
    #[must_use]
    pub fn push_caps(&self) -> Caps {
        Caps {
            most: self.pushes_until_success,
            first_pause: Duration::from_secs(self.push_pause_s),
            longest_pause: Duration::from_secs(self.push_pause_longest_s),
        }
    }

    /// How long a pause lasts.
    #[must_use]
    pub fn pause(&self) -> Duration {
        Duration::from_secs(self.pause_s)
    }

    /// NIST SP 800-63B-4: codes of at least 6 digits, at most ten minutes, at most 100 consecutive
    /// failures.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        let seconds = |key, value, range| Unsafe::outside(key, value, &range, "seconds");
        let logins = |key, value, range| Unsafe::outside(key, value, &range, "logins a minute");
        let failures = |key, value, range| Unsafe::outside(key, value, &range, "failures");
        let mut problems: Vec<_> = [
            seconds("login.lifetime_s", self.lifetime_s, 30..=600),
            seconds("login.grant_take_s", self.grant_take_s, 10..=60),
            seconds("login.pause_s", self.pause_s, 60..=86_400),
            Unsafe::outside("login.code_digits", self.code_digits, &(6..=8), "digits"),
            logins("login.per_name_per_minute", self.per_name_per_minute, 1..=60),
            logins("login.per_workstation_per_minute", self.per_workstation_per_minute, 1..=600),
            logins("login.per_tenant_per_minute", self.per_tenant_per_minute, 1..=100_000),
            Unsafe::outside("login.claims_wrong_max", self.claims_wrong_max, &(1..=20), "claims"),
            failures("login.pause_after_failures", self.pause_after_failures, 3..=100),
            failures("login.suspend_after_failures", self.suspend_after_failures, 3..=100),
            Unsafe::outside(
                "login.pushes_until_success",
                self.pushes_until_success,
                &(1..=1000),
                "logins",
            ),
            seconds("login.push_pause_s", self.push_pause_s, 0..=3600),
            seconds("login.push_pause_longest_s", self.push_pause_longest_s, 0..=86_400),
        ]
        .into_iter()
        .flatten()
        .collect();
        if self.suspend_after_failures < self.pause_after_failures {
            problems.push(Unsafe::new(
                "login.suspend_after_failures",
                "is below login.pause_after_failures, so nobody would ever be paused; \
                 set it to the same or more",
            ));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    #[test]
    fn a_login_lives_half_a_minute_to_ten() {
        let mut login = Settings::embedded().login;
        for (lifetime, problems) in [(29, 1), (30, 0), (600, 0), (601, 1)] {
            login.lifetime_s = lifetime;
            assert_eq!(login.validate().len(), problems, "{lifetime} s");
        }
    }

    #[test]
    fn every_number_has_a_lower_and_an_upper_bound() {
        let mut login = Settings::embedded().login;
        login.grant_take_s = 61;
        login.pause_s = 59;
        login.code_digits = 5;
        login.per_name_per_minute = 0;
        login.per_workstation_per_minute = 0;
        login.per_tenant_per_minute = 0;
        login.claims_wrong_max = 0;
        login.pause_after_failures = 2;
        login.suspend_after_failures = 101;
        login.pushes_until_success = 0;
        login.push_pause_s = 3601;
        login.push_pause_longest_s = 86_401;
        assert_eq!(login.validate().len(), 12, "{:?}", login.validate());
    }

    #[test]
    fn suspending_before_pausing_is_refused() {
        let mut login = Settings::embedded().login;
        login.pause_after_failures = 20;
        login.suspend_after_failures = 19;
        assert_eq!(login.validate()[0].key, "login.suspend_after_failures");
    }
}
