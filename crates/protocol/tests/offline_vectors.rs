//! Holds offline codes to their published vectors, `vectors/offline-v1.json`. They were made by another program in
//! another language from the rules in the documentation, so that app and agent makers can rely on them.

#![allow(clippy::expect_used)] // a vector that can't be read fails its test

use countersign_protocol::{
    Bytes, Instant, P256Jwk, TechnicianId, TenantId, WorkstationId,
    offline::{
        CodeRule, Epochs, NotItsRecord, SecretVersion, ShownCode, SignedShownCode, TenantRoot, code,
    },
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Published {
    derived: Vec<Derived>,
    shown: Vec<Signed>,
}

#[derive(Deserialize)]
struct Derived {
    name: String,
    root_hex: String,
    tenant: TenantId,
    technician: TechnicianId,
    workstation: WorkstationId,
    version: SecretVersion,
    code: CodeRule,
    technician_key_hex: String,
    secret_hex: String,
    unix_seconds: i64,
    step: u64,
    shown: String,
}

#[derive(Deserialize)]
struct Signed {
    name: String,
    shown: ShownCode,
    canonical_hex: String,
    key: P256Jwk,
    signature: Bytes<64>,
}

fn vectors() -> Published {
    let published: Published =
        serde_json::from_str(include_str!("../vectors/offline-v1.json")).expect("the vectors");
    assert_eq!((published.derived.len(), published.shown.len()), (2, 2));
    published
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
        .collect()
}

fn root(vector: &Derived) -> TenantRoot {
    TenantRoot::new(bytes(&vector.root_hex).try_into().expect("32 bytes"))
}

fn epochs(vector: &Derived) -> Epochs {
    let SecretVersion::Derived(epochs) = vector.version else { panic!("{}", vector.name) };
    epochs
}

#[test]
fn derived_secrets_and_their_codes_are_the_published_ones() {
    for vector in vectors().derived {
        let Derived { name, tenant, technician, workstation, code: rule, .. } = &vector;
        let Epochs { tenant: e, technician: e_t, workstation: e_w } = epochs(&vector);
        let key = root(&vector).technician_key(*tenant, e, *technician, e_t).expect("a key");
        let key_text = serde_json::to_string(&key).expect("JSON");
        let Bytes(key_bytes): Bytes<32> = serde_json::from_str(&key_text).expect("32 bytes");
        assert_eq!(hex(&key_bytes), vector.technician_key_hex, "{name}");

        let secret = key.secret(*workstation, e_w, rule.algorithm).expect("a secret");
        assert_eq!(hex(secret.as_bytes()), vector.secret_hex, "{name}");
        let at = Instant::from_unix_millis(vector.unix_seconds * 1000);
        assert_eq!(code::step(at), vector.step, "{name}");
        assert_eq!(*rule.code(&secret, vector.step), vector.shown, "{name}");
    }
}

#[test]
fn whatever_a_derived_secret_hangs_on_changes_it() {
    for vector in vectors().derived {
        let Derived { tenant, technician, workstation, code, .. } = vector;
        let epochs = epochs(&vector);
        let with = |tenant, technician, workstation, epochs| {
            let secret =
                root(&vector).secret(tenant, technician, workstation, epochs, code.algorithm);
            hex(secret.expect("a secret").as_bytes())
        };
        let other = uuid::Uuid::from_u128(7);
        let mut all = vec![
            vector.secret_hex.clone(),
            with(other.into(), technician, workstation, epochs),
            with(tenant, other.into(), workstation, epochs),
            with(tenant, technician, other.into(), epochs),
            with(tenant, technician, workstation, Epochs { tenant: 9, ..epochs }),
            with(tenant, technician, workstation, Epochs { technician: 9, ..epochs }),
            with(tenant, technician, workstation, Epochs { workstation: 9, ..epochs }),
        ];
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 7, "{}", vector.name);
    }
}

#[test]
fn nothing_secret_is_printed() {
    for vector in vectors().derived {
        let Derived { tenant, technician, workstation, code, .. } = vector;
        let key = root(&vector).technician_key(tenant, 1, technician, 1).expect("a key");
        let secret = key.secret(workstation, 1, code.algorithm);
        let printed = format!("{:?} {key:?} {secret:?}", root(&vector));
        assert_eq!(printed, "TenantRoot(..) TechnicianKey(..) Ok(OfflineSecret(..))");
    }
}

#[test]
fn a_record_of_a_shown_code_is_what_the_phone_signed() {
    for Signed { name, shown, canonical_hex, key, signature } in vectors().shown {
        assert_eq!(hex(&shown.canonical()), canonical_hex, "{name}");
        let signed = SignedShownCode { shown: shown.clone(), signature };
        assert_eq!(signed.verified(&key), Ok(&shown), "{name}");
    }
}

#[test]
fn a_record_with_another_value_anywhere_is_not_what_the_phone_signed() {
    for Signed { shown, key, signature, .. } in vectors().shown {
        let other = uuid::Uuid::from_u128(7);
        let later = shown.shown_at + std::time::Duration::from_millis(1);
        let changes: [fn(&mut ShownCode, uuid::Uuid, Instant); 7] = [
            |shown, id, _| shown.device = id.into(),
            |shown, id, _| shown.technician = id.into(),
            |shown, id, _| shown.tenant = id.into(),
            |shown, id, _| shown.workstation = id.into(),
            |shown, _, _| shown.version = SecretVersion::Shared(3),
            |shown, _, _| shown.step += 1,
            |shown, _, later| shown.shown_at = later,
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut changed = shown.clone();
            change(&mut changed, other, later);
            let signed = SignedShownCode { shown: changed, signature };
            assert_eq!(signed.verified(&key), Err(NotItsRecord), "change {at}");
        }
    }
}
