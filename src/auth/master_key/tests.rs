use std::path::Path;

use super::*;
use crate::{
    ambient::SystemRandom,
    auth::{Place, SealError},
    domain::SealedTable,
};

const PLACE: Place<'_> = Place { table: SealedTable::SigningKeys, row: b"row", version: 1 };
const OLD: &str = "1 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";
const NEW: &str = "2 AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n";

fn ring(text: &str) -> KeyRing {
    KeyRing::parse(text).unwrap()
}

fn problem(text: &str) -> (usize, &'static str) {
    KeyRing::parse(text).unwrap_err()
}

#[test]
fn a_made_ring_is_read_back_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    let made = KeyRing::create(&path, &SystemRandom::new()).unwrap();
    let read = KeyRing::load(&path).unwrap();
    let sealed = made.seal(&PLACE, b"a secret", &SystemRandom::new());
    assert_eq!(read.open(&PLACE, &sealed).unwrap().as_slice(), b"a secret");
}

#[test]
fn two_made_rings_differ() {
    let folder = tempfile::tempdir().unwrap();
    let one = KeyRing::create(&folder.path().join("one"), &SystemRandom::new()).unwrap();
    let two = KeyRing::create(&folder.path().join("two"), &SystemRandom::new()).unwrap();
    assert_ne!(one.tag("test", &[]), two.tag("test", &[]));
}

#[test]
fn a_master_key_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    KeyRing::create(&path, &SystemRandom::new()).unwrap();
    let before = std::fs::read(&path).unwrap();
    let again = KeyRing::create(&path, &SystemRandom::new()).unwrap_err();
    assert!(matches!(again, KeyRingError::Exists(_)), "{again}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_missing_ring_says_how_to_make_one() {
    let missing = KeyRing::load(Path::new("/nowhere/master.key")).unwrap_err();
    assert!(matches!(missing, KeyRingError::Missing(_)));
    assert!(
        missing.to_string().contains("countersign keys master /nowhere/master.key"),
        "{missing}"
    );
}

#[cfg(unix)]
#[test]
fn a_ring_that_others_may_read_or_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    KeyRing::create(&path, &SystemRandom::new()).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for mode in [0o640, 0o620, 0o604, 0o602, 0o644] {
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        let exposed = KeyRing::load(&path).unwrap_err().to_string();
        assert!(
            exposed.contains("chmod 600") && exposed.contains(&format!("{mode:o}")),
            "{exposed}"
        );
    }
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).unwrap();
    KeyRing::load(&path).unwrap();
}

#[test]
fn a_line_that_is_not_a_key_is_refused_by_its_number() {
    for line in [
        "1",
        "0 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
        "256 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
        "3 AQEBAQEBAQEBAQEBAQEBAQ==",
        "3 not-base64",
        "3 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= x",
    ] {
        assert_eq!(problem(&format!("# a comment\n{NEW}\n{line}\n")).0, 4, "{line}");
    }
}

#[test]
fn two_keys_of_one_id_are_refused() {
    let twice = format!("{OLD}1 AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n");
    assert_eq!(problem(&twice), (2, "this key id was used above; give each key its own"));
}

#[test]
fn a_ring_without_a_key_is_refused() {
    assert_eq!(problem("# nothing here\n\n").0, 0);
}

#[test]
fn after_a_rotation_the_new_key_seals_and_the_old_still_opens() {
    let (old, both) = (ring(OLD), ring(&format!("{NEW}# the old one\n{OLD}")));
    let before = old.seal(&PLACE, b"before", &SystemRandom::new());
    let after = both.seal(&PLACE, b"after", &SystemRandom::new());
    assert_eq!(both.open(&PLACE, &before).unwrap().as_slice(), b"before");
    assert_eq!(both.open(&PLACE, &after).unwrap().as_slice(), b"after");
    assert_eq!(old.open(&PLACE, &after), Err(SealError::UnknownKey(2)));
}

#[test]
fn after_a_rotation_the_new_key_tags_and_the_old_still_verifies() {
    let (old, both) = (ring(OLD), ring(&format!("{NEW}{OLD}")));
    let before = old.tag("code", &[b"123456"]);
    assert!(both.verify_tag("code", &[b"123456"], &before));
    assert_ne!(both.tag("code", &[b"123456"]), before);
    assert!(!old.verify_tag("code", &[b"123456"], &both.tag("code", &[b"123456"])));
}

#[test]
fn a_tag_is_for_its_label_and_its_parts_only() {
    let ring = ring(OLD);
    let tag = ring.tag("code", &[b"ab", b"c"]);
    assert!(ring.verify_tag("code", &[b"ab", b"c"], &tag));
    assert!(!ring.verify_tag("claim", &[b"ab", b"c"], &tag));
    assert!(!ring.verify_tag("code", &[b"a", b"bc"], &tag));
    assert!(!ring.verify_tag("code", &[b"abc"], &tag));
    assert!(!ring.verify_tag("code", &[b"ab", b"c", b""], &tag));
    assert!(!ring.verify_tag("code", &[b"ab", b"c"], &tag[..31]));
    assert!(!ring.verify_tag("code", &[b"ab", b"c"], &[]));
}

/// Made with Python's `hmac`, so that stored tags outlive a change of the code.
#[test]
fn a_tag_is_the_one_that_databases_already_hold() {
    let expected = "ICr1zf2YHYUlQBAZBpVppzvSKw9cEGmJApLF649ORFA";
    let tag = ring(OLD).tag("code", &[b"ab", b"c"]);
    assert_eq!(countersign_protocol::encoding::base64url(&tag), expected);
}

#[test]
fn debug_shows_ids_and_no_key() {
    let ring = ring(&format!("{NEW}{OLD}"));
    assert_eq!(format!("{ring:?}"), "KeyRing { ids: [2, 1], .. }");
}

/// A ring in a file, with a comment above its key.
fn file_of(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    let made = KeyRing::create(&path, &SystemRandom::new());
    made.unwrap();
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn a_rotation_adds_a_key_below_makes_it_current_and_takes_the_old_one_out() {
    let (_folder, path) = file_of(&format!("# keep me\n{OLD}# and me"));
    let lines = || -> Vec<String> {
        let text = std::fs::read_to_string(&path).unwrap();
        text.lines().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(KeyRing::add(&path, &SystemRandom::new()).unwrap(), 2);
    assert_eq!(KeyRing::load(&path).unwrap().ids(), [1, 2], "it does not seal yet");
    assert_eq!(KeyRing::add(&path, &SystemRandom::new()).unwrap(), 3);
    assert_eq!(lines(), ["#", "1", "#", "2", "3"]);
    KeyRing::promote(&path, 3).unwrap();
    KeyRing::promote(&path, 3).unwrap();
    assert_eq!(lines(), ["#", "3", "1", "#", "2"]);
    KeyRing::remove(&path, 1).unwrap();
    assert_eq!(KeyRing::load(&path).unwrap().ids(), [3, 2]);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("# keep me\n3 ") && text.contains("# and me\n2 "), "{text}");
    assert_eq!(KeyRing::add(&path, &SystemRandom::new()).unwrap(), 4, "no id is given twice");
}

#[test]
fn a_change_that_would_lose_a_key_is_refused_and_changes_nothing() {
    let (_folder, path) = file_of(&format!("{NEW}{OLD}"));
    let before = std::fs::read(&path).unwrap();
    KeyRing::remove(&path, 2).unwrap_err();
    KeyRing::remove(&path, 7).unwrap_err();
    KeyRing::promote(&path, 7).unwrap_err();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    std::fs::write(&path, "not a ring").unwrap();
    KeyRing::add(&path, &SystemRandom::new()).unwrap_err();
    assert_eq!(std::fs::read(&path).unwrap(), b"not a ring");
    let entries = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(entries, 1, "nothing is left beside it");
}

#[test]
fn two_changes_at_once_are_one() {
    let (_folder, path) = file_of(OLD);
    let beside = path.with_extension("key.new");
    std::fs::write(&beside, "").unwrap();
    let refused = KeyRing::add(&path, &SystemRandom::new()).unwrap_err();
    assert!(
        matches!(&refused, KeyRingError::UnderWay(file) if file.ends_with("master.key.new")),
        "{refused}"
    );
    std::fs::remove_file(&beside).unwrap();
    KeyRing::add(&path, &SystemRandom::new()).unwrap();
}

#[cfg(unix)]
#[test]
fn a_changed_ring_keeps_its_mode_and_the_link_that_leads_to_it() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = file_of(OLD);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    KeyRing::add(&link, &SystemRandom::new()).unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o400);
    assert_eq!(KeyRing::load(&path).unwrap().ids(), [1, 2]);
}

#[test]
fn a_ring_that_is_read_again_is_this_installations() {
    let (_folder, path) = file_of(OLD);
    let ring = KeyRing::load(&path).unwrap();
    for (other, why) in [(NEW, "none of its keys"), (&NEW.replace('2', "1"), "another key 1")] {
        std::fs::write(&path, other).unwrap();
        let refused = ring.reload(&path).unwrap_err();
        assert!(matches!(refused, KeyRingError::Another(_)), "{why}: {refused}");
    }
    std::fs::write(&path, "").unwrap();
    ring.reload(&path).unwrap_err();
    assert_eq!(ring.ids(), [1]);
    std::fs::write(&path, format!("{NEW}{OLD}")).unwrap();
    let before = ring.seal(&PLACE, b"before", &SystemRandom::new());
    assert_eq!(ring.reload(&path).unwrap(), [2, 1]);
    let after = ring.seal(&PLACE, b"after", &SystemRandom::new());
    assert_eq!((before[1], after[1]), (1, 2));
    assert_eq!(ring.open(&PLACE, &before).unwrap().as_slice(), b"before");
    let tags = ring.tags("code", &[b"123456"]);
    assert_eq!(tags[0], ring.tag("code", &[b"123456"]));
    assert!(tags.iter().all(|tag| ring.verify_tag("code", &[b"123456"], tag)));
}
