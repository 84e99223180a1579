use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::offline::{Algorithm, TenantRoot};

fn noon() -> Instant {
    Instant::from_unix_millis(1_795_348_800_000)
}

fn tenant() -> TenantId {
    Uuid::from_u128(1).into()
}

fn technician() -> TechnicianId {
    Uuid::from_u128(2).into()
}

fn workstation(number: u128) -> WorkstationId {
    Uuid::from_u128(number).into()
}

fn secret(byte: u8) -> OfflineSecret {
    OfflineSecret::new(&[byte; 20]).expect("160 bits")
}

fn holding(held: Vec<Held>) -> Holding {
    Holding {
        tenant: tenant(),
        technician: technician(),
        code: CodeRule::default(),
        bounds: Bounds { sessions: 5, days: 30 },
        synced_at: noon(),
        held,
    }
}

fn named(version: u32) -> Held {
    Held::Named { workstation: workstation(10), version, secret: secret(1) }
}

fn prompt(version: &str) -> Prompt {
    Prompt {
        tenant: tenant(),
        workstation: workstation(10),
        version: version.parse().expect("a version"),
        also: None,
    }
}

fn shows(holding: &Holding, prompt: &Prompt) -> bool {
    holding.show(prompt, noon()).is_ok()
}

#[test]
fn a_phone_shows_the_code_of_the_version_that_the_prompt_names() {
    let shown = holding(vec![named(3)]).show(&prompt("n3"), noon()).expect("a code");
    let step = code::step(noon());
    assert_eq!(shown.step, step);
    assert_eq!(shown.version, SecretVersion::Named(3));
    assert_eq!(shown.code, CodeRule::default().code(&secret(1), step));
    assert_eq!(shown.until, noon() + Duration::from_secs(30));
}

#[test]
fn a_phone_without_exactly_that_version_syncs_first() {
    let phone = holding(vec![named(3)]);
    for (version, says) in [
        ("n4", "this phone does not hold version n4: go online once to fetch it"),
        ("n2", "this phone does not hold version n2: go online once to fetch it"),
        ("s3", "this phone does not hold version s3: go online once to fetch it"),
    ] {
        let refused = phone.show(&prompt(version), noon()).expect_err("another version");
        assert_eq!(refused.to_string(), says);
    }
    let elsewhere = Prompt { workstation: workstation(11), ..prompt("n3") };
    assert!(!shows(&phone, &elsewhere));
    let abroad = Prompt { tenant: Uuid::from_u128(9).into(), ..prompt("n3") };
    assert!(!shows(&phone, &abroad));
}

#[test]
fn a_prompt_that_still_accepts_the_old_version_takes_a_phone_that_holds_it() {
    let rotating = Prompt { also: Some(SecretVersion::Named(3)), ..prompt("n4") };
    let shown = holding(vec![named(3)]).show(&rotating, noon()).expect("the old code");
    assert_eq!(shown.version, SecretVersion::Named(3));
    let both = holding(vec![named(3), named(4)]).show(&rotating, noon()).expect("a code");
    assert_eq!(both.version, SecretVersion::Named(4));
}

#[test]
fn a_shared_secret_opens_every_workstation_of_its_tenant_and_none_of_another() {
    let phone = holding(vec![Held::Shared { version: 2, secret: secret(1) }]);
    assert!(shows(&phone, &prompt("s2")));
    assert!(shows(&phone, &Prompt { workstation: workstation(11), ..prompt("s2") }));
    assert!(!shows(&phone, &prompt("n2")));
    assert!(!shows(&phone, &Prompt { tenant: Uuid::from_u128(9).into(), ..prompt("s2") }));
}

#[test]
fn a_derived_key_opens_a_workstation_that_the_phone_never_heard_of() {
    let root = TenantRoot::new([7; 32]);
    let key = root.technician_key(tenant(), 1, technician(), 2).expect("a key");
    let lowest = BTreeMap::from([(workstation(11), 5)]);
    let phone = holding(vec![Held::Derived { tenant_epoch: 1, technician_epoch: 2, key, lowest }]);
    let epochs = Epochs { tenant: 1, technician: 2, workstation: 4 };
    let row = root
        .secret(tenant(), technician(), workstation(10), epochs, Algorithm::Sha1)
        .expect("a secret");
    let shown = phone.show(&prompt("d1.2.4"), noon()).expect("a code");
    assert_eq!(shown.code, CodeRule::default().code(&row, shown.step));
    assert!(!shows(&phone, &prompt("d2.2.4")), "the root leaked");
    assert!(!shows(&phone, &prompt("d1.3.4")), "another phone took over");
    let stolen = Prompt { workstation: workstation(11), ..prompt("d1.2.4") };
    assert!(!shows(&phone, &stolen), "a stolen machine names an epoch that ended");
    let again = Prompt { workstation: workstation(11), ..prompt("d1.2.5") };
    assert!(shows(&phone, &again));
}

#[test]
fn a_phone_that_was_offline_for_too_long_syncs_first() {
    let phone = holding(vec![named(3)]);
    let last = noon() + Duration::from_secs(30 * 86_400);
    assert!(phone.show(&prompt("n3"), last).is_ok());
    assert_eq!(
        phone.show(&prompt("n3"), last + Duration::from_millis(1)),
        Err(SyncFirst::TooLongAgo { allowed: 30 })
    );
}

#[test]
fn a_holding_travels_as_json_and_prints_no_secret() {
    let key = TenantRoot::new([7; 32]).technician_key(tenant(), 1, technician(), 2);
    let held = vec![
        named(3),
        Held::Shared { version: 1, secret: secret(2) },
        Held::Derived {
            tenant_epoch: 1,
            technician_epoch: 2,
            key: key.expect("a key"),
            lowest: BTreeMap::from([(workstation(11), 5)]),
        },
    ];
    let phone = holding(held);
    let text = serde_json::to_string(&phone).expect("JSON");
    assert_eq!(serde_json::from_str::<Holding>(&text).ok().as_ref(), Some(&phone));
    let printed = format!("{phone:?}");
    assert!(!printed.contains("AQEB") && !printed.contains("AgIC"), "{printed}");
}
