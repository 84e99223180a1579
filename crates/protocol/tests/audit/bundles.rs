//! Entry bundles are C2SP's.

use countersign_protocol::audit::{BundleError, entry_bundle, parse_entry_bundle};
use proptest::prelude::*;

#[test]
fn an_entrys_length_stands_before_it() {
    let bundle = entry_bundle(&[&b"one"[..], b"", b"three"]).unwrap();
    assert_eq!(bundle, b"\x00\x03one\x00\x00\x00\x05three");
}

#[test]
fn a_bundle_has_as_many_entries_as_a_tile_can() {
    let empty: [&[u8]; 0] = [];
    assert_eq!(entry_bundle(&empty), Err(BundleError::Count));
    assert_eq!(parse_entry_bundle(b""), Err(BundleError::Count));
    let full = entry_bundle(&[b""; 256]).unwrap();
    assert_eq!(parse_entry_bundle(&full).unwrap().len(), 256);
    assert_eq!(entry_bundle(&[b""; 257]), Err(BundleError::Count));
    assert_eq!(parse_entry_bundle(&[&full[..], &[0, 0]].concat()), Err(BundleError::Count));
}

#[test]
fn a_bundle_that_ends_early_is_refused() {
    let bundle = entry_bundle(&[b"one", b"two"]).unwrap();
    for end in (1..bundle.len()).filter(|end| *end != 5) {
        assert_eq!(parse_entry_bundle(&bundle[..end]), Err(BundleError::Truncated), "{end}");
    }
    let long = vec![0; 65_536];
    assert_eq!(entry_bundle(&[&long[1..]]).unwrap().len(), 65_537);
    assert_eq!(entry_bundle(&[long]), Err(BundleError::EntryTooLong(65_536)));
}

proptest! {
    #[test]
    fn a_bundle_reads_back_what_it_wrote(entries in prop::collection::vec(any::<Vec<u8>>(), 1..9)) {
        let bundle = entry_bundle(&entries).unwrap();
        prop_assert_eq!(parse_entry_bundle(&bundle).unwrap(), entries);
    }

    #[test]
    fn whatever_bundle_is_read_is_written_alike(bytes in any::<Vec<u8>>()) {
        if let Ok(entries) = parse_entry_bundle(&bytes) {
            prop_assert_eq!(entry_bundle(&entries).unwrap(), bytes);
        }
    }
}
