use super::*;

pub(super) fn by_name(version: u64) -> OfflineRules {
    let derived = |technician: u32, byte| Row {
        technician: Some(Uuid::from_u128(u128::from(byte)).into()),
        current: Keyed {
            version: SecretVersion::Derived(Epochs { tenant: 1, technician, workstation: 4 }),
            secret: secret(byte),
        },
        old: None,
    };
    let rows = [("nik".to_owned(), derived(2, 1)), ("ada".to_owned(), derived(3, 2))];
    rules(version, Rows::ByName { rows: rows.into() })
}

#[test]
fn in_derived_mode_only_the_named_row_is_checked() {
    let rules = by_name(1);
    let check = |name, byte| {
        let code = code(byte, STEP);
        let (_, verdict) =
            ledger(&rules).check(&rules, Attempt { name, code: &code, next: None }, reading(NOON));
        verdict.map(|accepted| accepted.technician)
    };
    assert_eq!(check("nik", 1), Ok(Some(Uuid::from_u128(1).into())));
    assert_eq!(check(" Ada ", 2), Ok(Some(Uuid::from_u128(2).into())));
    assert_eq!(check("nik", 2), Err(Refusal::Wrong));
    for byte in [1, 2] {
        assert_eq!(check("eve", byte), Err(Refusal::Wrong));
        assert_eq!(check("", byte), Err(Refusal::Wrong));
    }
}

#[test]
fn an_unknown_name_looks_and_locks_like_a_known_one() {
    let rules = by_name(1);
    let told = |name: &str| {
        let (mut ledger, mut told) = (ledger(&rules), Vec::new());
        for second in 0..12 {
            let typed = Attempt { name, code: "000000", next: None };
            let (next, verdict) = ledger.check(&rules, typed, reading(NOON + second * 20));
            told.push(verdict);
            ledger = next;
        }
        (ledger.failures(), told)
    };
    assert_eq!(told("eve"), told("ada"));
    let (tenant, workstation) = (Uuid::from_u128(8).into(), Uuid::from_u128(9).into());
    let shows = |name: &str| {
        let prompt = rules.prompt(tenant, workstation, name, instant(NOON)).expect("a prompt");
        (prompt.version.to_string(), prompt.also)
    };
    assert_eq!(shows("nik"), ("d1.2.4".to_owned(), None));
    assert_eq!(shows("eve"), ("d1.1.4".to_owned(), None));
}

#[test]
fn a_zero_secret_opens_nothing_where_there_is_no_row() {
    let rules = by_name(1);
    let decoy = CodeRule::default().code(&OfflineSecret::decoy(), STEP);
    let typed = Attempt { name: "eve", code: &decoy, next: None };
    assert_eq!(ledger(&rules).check(&rules, typed, reading(NOON)).1, Err(Refusal::Wrong));
    assert_eq!(ledger(&one(1)).check(&one(1), typed, reading(NOON)).1, Err(Refusal::Wrong));
}
