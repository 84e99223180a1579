//! An event's canonical bytes.

use countersign_protocol::Instant;
use countersign_protocol::audit::{ENTRY_MAX, EntryError, EntryTooLong, entry, parse_entry};
use proptest::prelude::*;

fn last() -> Instant {
    "9999-12-31T23:59:59.999Z".parse().unwrap()
}

#[test]
fn an_entry_is_never_longer_than_its_length_can_say() {
    let longest = "x".repeat(ENTRY_MAX - 9);
    let bytes = entry(last(), &longest).unwrap();
    assert_eq!(bytes.len(), ENTRY_MAX);
    assert_eq!(parse_entry(&bytes), Ok((last(), longest.as_str())));
    let refused = entry(last(), &format!("{longest}x"));
    assert_eq!(refused, Err(EntryTooLong(ENTRY_MAX + 1)));
    assert_eq!(parse_entry(&[&bytes[..], b"x"].concat()), Err(EntryError::TooLong));
}

#[test]
fn bytes_that_are_no_entry_are_refused() {
    let good = entry(last(), "{}").unwrap();
    for length in 0..9 {
        assert_eq!(parse_entry(&good[..length]), Err(EntryError::Short), "{length}");
    }
    for version in [0, 2, 255] {
        let other = [&[version], &good[1..]].concat();
        assert_eq!(parse_entry(&other), Err(EntryError::UnknownVersion(version)));
    }
    assert_eq!(parse_entry(&[&good[..9], &[0xff]].concat()), Err(EntryError::NotUtf8));
    for millis in [u64::MAX, 1 << 63, i64::MAX as u64, 253_402_300_800_000] {
        let late = [&[1], &millis.to_be_bytes()[..], b"{}"].concat();
        assert_eq!(parse_entry(&late), Err(EntryError::Instant), "{millis}");
    }
}

proptest! {
    #[test]
    fn an_entry_reads_back_what_it_wrote(millis in 0..253_402_300_800_000_i64, body in ".*") {
        let at = Instant::from_unix_millis(millis);
        let bytes = entry(at, &body).unwrap();
        prop_assert_eq!(parse_entry(&bytes), Ok((at, body.as_str())));
    }

    #[test]
    fn whatever_is_read_makes_the_same_bytes(bytes in any::<Vec<u8>>(), known in any::<bool>()) {
        let bytes = if known { [&[1, 0, 0][..], &bytes].concat() } else { bytes };
        if let Ok((at, body)) = parse_entry(&bytes) {
            prop_assert_eq!(entry(at, body).unwrap(), bytes);
        }
    }
}
