//! Codes are those of `oathtool` (OATH Toolkit), which was not written here.

use std::{io::ErrorKind, process::Command};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use countersign_protocol::{
    Instant,
    offline::{Algorithm, CodeRule, Digits, OfflineSecret, code},
};

/// How many codes oathtool prints at once.
const WINDOW: u64 = 20;

#[test]
#[ignore = "long round"]
fn codes_are_those_of_oathtool_for_random_secrets_and_times() {
    let random = SystemRandom::new();
    let mut compared = 0;
    for round in 0..200 {
        let (algorithm, digits) = [
            (Algorithm::Sha1, Digits::Six),
            (Algorithm::Sha1, Digits::Eight),
            (Algorithm::Sha256, Digits::Six),
            (Algorithm::Sha256, Digits::Eight),
        ][round % 4];
        let mut bytes = [0; 36];
        random.fill(&mut bytes).unwrap();
        let (secret, time) = bytes.split_at(32);
        let secret = &secret[..algorithm.secret_length()];
        // Up to the year 2106.
        let seconds = u32::from_be_bytes(time.try_into().unwrap());
        let Some(theirs) = by_oathtool(algorithm, digits, secret, seconds) else {
            let message = "oathtool is not installed: its codes were NOT compared";
            assert!(std::env::var_os("COUNTERSIGN_TEST_REQUIRE_SERVERS").is_none(), "{message}");
            eprintln!("{message}");
            return;
        };
        let rule = CodeRule { algorithm, digits };
        let first = code::step(Instant::from_unix_millis(i64::from(seconds) * 1000));
        let kept = OfflineSecret::new(secret).unwrap();
        for (step, theirs) in (first..).zip(theirs) {
            assert_eq!(*rule.code(&kept, step), theirs, "{rule:?} {secret:02x?} {step}");
            compared += 1;
        }
    }
    assert_eq!(compared, 200 * (WINDOW + 1));
}

/// The codes of the step that the time lies in and of those after it; `None` where oathtool is not installed.
fn by_oathtool(
    algorithm: Algorithm,
    digits: Digits,
    secret: &[u8],
    seconds: u32,
) -> Option<Vec<String>> {
    let hash = match algorithm {
        Algorithm::Sha1 => "sha1",
        Algorithm::Sha256 => "sha256",
    };
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let output = Command::new("oathtool")
        .arg(format!("--totp={hash}"))
        .arg(format!("--digits={}", digits.count()))
        .arg(format!("--now=@{seconds}"))
        .arg(format!("--window={WINDOW}"))
        .arg(hex)
        .env("TZ", "UTC")
        .output();
    let output = match output {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        other => other.unwrap(),
    };
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), output.stderr);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&err));
    Some(out.lines().map(str::to_owned).collect())
}
