//! Codes by time: TOTP (RFC 6238) over HOTP (RFC 4226), with a step of 30 seconds counted from the Unix epoch.

use serde::{Deserialize, Serialize};
use totp_rs::Totp;
use zeroize::Zeroizing;

use super::OfflineSecret;
use crate::Instant;

/// How long a step lasts, in seconds (RFC 6238 section 5.2).
pub const STEP_SECONDS: u64 = 30;

/// The step that an instant lies in: RFC 6238's `T`, with `T0` = 0.
#[must_use]
pub fn step(at: Instant) -> u64 {
    u64::try_from(at.unix_seconds()).unwrap_or(0) / STEP_SECONDS
}

/// When a step begins.
#[must_use]
pub fn begins(step: u64) -> Instant {
    let millis = step.saturating_mul(STEP_SECONDS * 1000);
    Instant::from_unix_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// The hash under a code's HMAC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// HMAC-SHA-1, with secrets of 20 bytes: what every authenticator app can do. SHA-1's collisions do not
    /// touch HMAC (RFC 6151's reasoning, RFC 6238 section 1.2).
    #[default]
    Sha1,
    /// HMAC-SHA-256, with secrets of 32 bytes: some authenticator apps silently take it for SHA-1.
    Sha256,
}

impl Algorithm {
    /// How many bytes a secret has: those of the hash (RFC 6238 section 5.1).
    #[must_use]
    pub fn secret_length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// How many digits a code has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Digits {
    /// Six, what every authenticator app can do.
    #[default]
    Six,
    /// Eight.
    Eight,
}

impl Digits {
    /// The number.
    #[must_use]
    pub fn count(self) -> u8 {
        match self {
            Self::Six => 6,
            Self::Eight => 8,
        }
    }
}

/// How a tenant's codes are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeRule {
    /// The hash.
    pub algorithm: Algorithm,
    /// The number of digits.
    pub digits: Digits,
}

/// Whose an `otpauth://` URI is.
#[derive(Clone, Copy, Debug)]
pub struct Label<'a> {
    /// Who issues it: the customer's or provider's name, as the authenticator app shows it.
    pub issuer: &'a str,
    /// What it opens: the workstation, or the tenant's account.
    pub account: &'a str,
}

impl CodeRule {
    /// The code of a step: decimal digits, leading zeros included.
    #[must_use]
    pub fn code(self, secret: &OfflineSecret, step: u64) -> Zeroizing<String> {
        // Steps of one second make the step itself what is counted. The secret's length and the number of
        // digits are right by their types.
        let totp = self.totp(secret).with_step_duration(1).build_noncompliant();
        Zeroizing::new(totp.generate(step).to_string())
    }

    /// True if `typed` is the code of the step; compared in constant time.
    #[must_use]
    pub fn accepts(self, secret: &OfflineSecret, step: u64, typed: &str) -> bool {
        let code = self.code(secret, step);
        aws_lc_rs::constant_time::verify_slices_are_equal(code.as_bytes(), typed.as_bytes()).is_ok()
    }

    /// The digits of what was typed, without the spaces that apps show between them; `None` if it can't be a
    /// code.
    #[must_use]
    pub fn digits_of(self, typed: &str) -> Option<Zeroizing<String>> {
        let digits = Zeroizing::new(typed.split_ascii_whitespace().collect::<String>());
        let right = digits.len() == usize::from(self.digits.count())
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        right.then_some(digits)
    }

    /// The `otpauth://totp/` URI that authenticator apps read from a QR code (Google Authenticator's key URI
    /// format). Parameters that have their default are left out: SHA-1, 6 digits, 30 seconds.
    ///
    /// `None` if a name is empty. A colon, which separates the names, becomes a space.
    #[must_use]
    pub fn otpauth(self, secret: &OfflineSecret, label: Label<'_>) -> Option<Zeroizing<String>> {
        if label.issuer.is_empty() || label.account.is_empty() {
            return None;
        }
        let totp: Totp = self
            .totp(secret)
            .with_issuer(Some(label.issuer.replace(':', " ")))
            .with_account_name(label.account.replace(':', " "))
            .build()
            .ok()?;
        totp.to_url().ok().map(Zeroizing::new)
    }

    fn totp(self, secret: &OfflineSecret) -> totp_rs::Builder {
        let algorithm = match self.algorithm {
            Algorithm::Sha1 => totp_rs::Algorithm::SHA1,
            Algorithm::Sha256 => totp_rs::Algorithm::SHA256,
        };
        totp_rs::Builder::new()
            .with_algorithm(algorithm)
            .with_digits(self.digits.count())
            .with_step_duration(STEP_SECONDS)
            .with_secret(secret.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> OfflineSecret {
        OfflineSecret::new(text.as_bytes()).expect("a secret")
    }

    /// RFC 4226 appendix D.
    #[test]
    fn codes_are_those_of_rfc_4226() {
        let secret = secret("12345678901234567890");
        let codes: Vec<String> =
            (0..10).map(|count| CodeRule::default().code(&secret, count).to_string()).collect();
        let published = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        assert_eq!(codes, published);
    }

    /// RFC 6238 appendix B, with the secrets of its reference implementation (erratum 2866).
    #[test]
    fn codes_are_those_of_rfc_6238() {
        let sha1 = (Algorithm::Sha1, secret("12345678901234567890"));
        let sha256 = (Algorithm::Sha256, secret("12345678901234567890123456789012"));
        for (seconds, by_sha1, by_sha256) in [
            (59, "94287082", "46119246"),
            (1_111_111_109, "07081804", "68084774"),
            (1_111_111_111, "14050471", "67062674"),
            (1_234_567_890, "89005924", "91819424"),
            (2_000_000_000, "69279037", "90698825"),
            (20_000_000_000, "65353130", "77737706"),
        ] {
            let step = step(Instant::from_unix_millis(seconds * 1000));
            for ((algorithm, secret), published) in [(&sha1, by_sha1), (&sha256, by_sha256)] {
                let rule = CodeRule { algorithm: *algorithm, digits: Digits::Eight };
                assert_eq!(*rule.code(secret, step), published, "{seconds} {algorithm:?}");
                assert!(rule.accepts(secret, step, published));
                assert!(!rule.accepts(secret, step + 1, published));
            }
        }
    }

    #[test]
    fn a_step_begins_where_it_says() {
        let at = Instant::from_unix_millis(1_700_000_000_000);
        assert_eq!(step(at), 56_666_666);
        assert_eq!(step(begins(56_666_666)), 56_666_666);
        assert!(begins(56_666_666) <= at && at < begins(56_666_667));
    }

    #[test]
    fn what_an_authenticator_app_reads_is_the_secret_and_what_differs_from_the_usual() {
        let label = Label { issuer: "Harbour IT: Bäckerei & Co", account: "W11-RECEPTION" };
        let uri = CodeRule::default().otpauth(&secret("12345678901234567890"), label);
        assert_eq!(
            uri.as_deref().map(String::as_str),
            Some(
                "otpauth://totp/Harbour%20IT%20%20B%C3%A4ckerei%20%26%20Co:W11-RECEPTION\
                 ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                 &issuer=Harbour%20IT%20%20B%C3%A4ckerei%20%26%20Co"
            )
        );
        let longer = CodeRule { algorithm: Algorithm::Sha256, digits: Digits::Eight };
        let uri = longer.otpauth(&secret("12345678901234567890123456789012"), label);
        assert!(uri.is_some_and(|uri| uri.contains("&digits=8&algorithm=SHA256&issuer=")));
    }

    #[test]
    fn spaces_between_the_digits_are_no_part_of_a_code() {
        let rule = CodeRule::default();
        assert_eq!(rule.digits_of(" 123 456 ").as_deref().map(String::as_str), Some("123456"));
        for typed in ["12345", "1234567", "12345a", "+12345", "१२३४५६", ""] {
            assert!(rule.digits_of(typed).is_none(), "{typed}");
        }
    }
}
