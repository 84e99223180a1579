use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn user(name: &str) -> UserName {
    UserName::parse(name).expect("a user name")
}

fn technician(number: u128) -> TechnicianId {
    Uuid::from_u128(number).into()
}

/// The name of technician 1 where these are taken.
fn named(name: &str, taken: &[&str]) -> String {
    AccountName::named("msp-", &user(name), technician(1), |name| taken.contains(&name))
        .expect("a name")
        .to_string()
}

#[test]
fn a_technicians_account_is_prefix_and_user_name() {
    assert_eq!(named("nik", &[]), "msp-nik");
    assert_eq!(named("nik.o_x", &["msp-nik"]), "msp-nik-o-x");
    assert_eq!(named("sixteen-letters-", &[]), "msp-sixteen-letters-");
}

/// The hashes come from another program.
#[test]
fn a_name_that_is_too_long_or_taken_gets_a_hash_of_the_technicians_id() {
    assert_eq!(named("a-name-of-more-than-20", &[]), "msp-a-name-of-m-pq6m");
    assert_eq!(named("nik", &["msp-nik"]), "msp-nik-pq6m");
}

#[test]
fn a_hash_that_is_taken_too_gives_way_to_those_of_id_and_count() {
    assert_eq!(named("nik", &["msp-nik", "msp-nik-pq6m"]), "msp-nik-tilj");
    assert_eq!(named("nik", &["msp-nik", "msp-nik-pq6m", "msp-nik-tilj"]), "msp-nik-sqie");
}

#[test]
fn a_search_for_names_ends_even_if_all_are_taken() {
    assert!(AccountName::named("msp-", &user("nik"), technician(1), |_| true).is_err());
    assert!(AccountName::shared("msp-", 7, |_| true).is_err());
}

#[test]
fn a_tenants_account_has_four_digits_or_more() {
    let shared = |draw, taken: &[&str]| {
        let name = AccountName::shared("msp-", draw, |name| taken.contains(&name));
        name.expect("a name").to_string()
    };
    assert_eq!(shared(981_234, &[]), "msp-1234");
    assert_eq!(shared(7, &[]), "msp-0007");
    assert_eq!(shared(981_234, &["msp-1234"]), "msp-81234");
    assert_eq!(shared(981_234, &["msp-1234", "msp-81234"]), "msp-981234");
    assert_eq!(shared(1234, &["msp-1234"]), "msp-01234");
}

#[test]
fn a_stored_name_is_read_back_and_nothing_else_is_a_name() {
    assert_eq!(AccountName::parse("msp-1234").map(|name| name.to_string()), Ok("msp-1234".into()));
    for text in ["", "Msp-nik", "msp_nik", "msp-nik ", "a-name-of-21-letters-"] {
        assert!(AccountName::parse(text).is_err(), "{text}");
    }
}

#[derive(Clone, Debug)]
enum Wish {
    Named(String, u128),
    Shared(u64),
}

fn wish() -> impl Strategy<Value = Wish> {
    // Few names and long ones, so that they collide.
    let names = prop_oneof!["[ab][ab._-]{0,2}", "[a]{14}[ab._-]{0,6}", "[0-9]{4}"];
    prop_oneof![
        (names, 0..4_u128).prop_map(|(name, id)| Wish::Named(name, id)),
        (0..30_u64).prop_map(Wish::Shared),
    ]
}

proptest! {
    #[test]
    fn whatever_was_given_before_a_new_name_fits_windows_and_is_new(
        prefix in "[a-z][a-z-]{0,7}",
        wishes in prop::collection::vec(wish(), 1..60),
    ) {
        let mut given = BTreeSet::new();
        for wish in wishes {
            let taken = |name: &str| given.contains(name);
            let name = match wish {
                Wish::Named(name, id) => {
                    AccountName::named(&prefix, &user(&name), technician(id), taken)
                }
                Wish::Shared(draw) => AccountName::shared(&prefix, draw, taken),
            };
            let Ok(name) = name else { continue };
            prop_assert!(AccountName::parse(name.as_str()).is_ok());
            prop_assert!(name.as_str().starts_with(&prefix));
            prop_assert!(given.insert(name.to_string()), "{name} was given twice");
        }
        prop_assert!(!given.is_empty());
    }
}
