//! Whatever a stranger sends is answered, and a parser reads only what would be written alike.

use countersign_protocol::audit::{
    Checkpoint, Frontier, Hash, LogKey, Plan, leaf_hash, verify_consistency, verify_inclusion,
};
use proptest::prelude::*;

use crate::notes::{Signer, checkpoint};

/// Numbers near the ends of their range as often as any.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        0..9_u64,
        (0..9_u64).prop_map(|less| u64::MAX - less),
        (0..64_u32, 0..3_u64).prop_map(|(bits, less)| (1_u64 << bits).wrapping_sub(less)),
    ]
}

/// Text that is nearly a checkpoint, a note or a key.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n".to_owned()),
        Just("\n\n".to_owned()),
        Just("— ".to_owned()),
        Just("+".to_owned()),
        Just("\r".to_owned()),
        Just("log.example".to_owned()),
        Just("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned()),
        Just(Signer::new("log.example", [7; 32]).sign(&checkpoint("log.example"))),
        Just(Signer::new("log.example", [7; 32]).key.to_string()),
        number().prop_map(|number| number.to_string()),
        ".{0,9}",
    ];
    prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_text_is_read_as_it_would_be_written_or_not_at_all(text in nearly()) {
        if let Ok(read) = text.parse::<Checkpoint>() {
            prop_assert_eq!(read.text().unwrap(), text.as_str());
        }
        if let Ok(read) = text.parse::<LogKey>() {
            prop_assert_eq!(read.to_string(), text.as_str());
        }
        if let Ok(read) = text.parse::<Hash>() {
            prop_assert_eq!(read.to_string(), text.as_str());
        }
    }

    #[test]
    fn no_note_says_what_the_log_did_not_sign(text in nearly()) {
        let signer = Signer::new("log.example", [7; 32]);
        if let Ok(read) = signer.key.open(&text) {
            prop_assert_eq!(read, checkpoint("log.example"));
        }
    }

    /// Only letters of lines that the key does not look at can change.
    #[test]
    fn a_changed_note_is_refused_or_says_the_same(at in any::<prop::sample::Index>(), letter in any::<char>()) {
        let signer = Signer::new("log.example", [7; 32]);
        let one = checkpoint("log.example");
        let note = signer.sign(&one);
        let letters: Vec<char> = note.chars().collect();
        let at = at.index(letters.len());
        prop_assume!(letters[at] != letter);
        let changed = letters.iter().enumerate().map(|(index, old)| if index == at { letter } else { *old });
        prop_assert!(signer.key.open(&changed.collect::<String>()).is_err());
    }

    #[test]
    fn numbers_of_any_size_are_answered(a in number(), b in number(), hashes in 0..70_usize) {
        let proof = vec![leaf_hash(b"no proof"); hashes];
        let hash = leaf_hash(b"no root");
        let _ = Frontier::from_bytes(a, &vec![0; 32 * hashes]);
        prop_assert!(verify_inclusion(&hash, a, b, &leaf_hash(b"other"), &proof).is_err());
        let _ = verify_consistency(a, &hash, b, &hash, &proof);
        if let Ok(plan) = Plan::inclusion(a, b) {
            prop_assert!(!plan.needs().iter().any(|range| range.start >= range.end));
        }
        if let Ok(plan) = Plan::consistency(a, b) {
            prop_assert!(!plan.needs().iter().any(|range| range.start >= range.end));
        }
    }
}
