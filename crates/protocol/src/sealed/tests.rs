use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
        .collect()
}

fn array<const N: usize>(hex: &str) -> [u8; N] {
    bytes(hex).try_into().expect("as many bytes")
}

// RFC 9180 appendix A.3.1 (base mode), encryption with sequence number 0.
const IKM_E: &str = "4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e";
const PK_EM: &str = "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4";
const PK_RM: &str = "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0";
const SK_RM: &str = "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2";
const INFO: &str = "4f6465206f6e2061204772656369616e2055726e";
const PT: &str = "4265617574792069732074727574682c20747275746820626561757479";
const AAD: &str = "436f756e742d30";
const CT: &str =
    "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434";

fn recipient() -> P256Jwk {
    P256Jwk::from_uncompressed(&bytes(PK_RM)).expect("the RFC's key")
}

fn opening() -> OpeningKey {
    OpeningKey::new(&array(SK_RM)).expect("the RFC's key")
}

fn binding() -> Binding {
    Binding {
        tenant: uuid::Uuid::from_u128(1).into(),
        workstation: uuid::Uuid::from_u128(2).into(),
        version: 3,
    }
}

#[test]
fn what_is_sealed_and_opened_is_the_rfcs_vector() {
    let seed = Zeroizing::new(array(IKM_E));
    let sealed = seal(&recipient(), &bytes(INFO), &bytes(AAD), &bytes(PT), seed).expect("sealed");
    assert_eq!(sealed, Sealed { enc: Bytes(array(PK_EM)), ciphertext: Ciphertext(bytes(CT)) });
    let opened = open(&opening(), &bytes(INFO), &bytes(AAD), &sealed);
    assert_eq!(opened.as_deref(), Ok(&bytes(PT)));
}

#[test]
fn what_is_sealed_opens_for_the_same_workstation_tenant_and_version_only() {
    let sealed = binding().seal(&recipient(), b"rows", Zeroizing::new([9; 32])).expect("sealed");
    assert_eq!(binding().open(&opening(), &sealed).as_deref(), Ok(&b"rows".to_vec()));
    let other = uuid::Uuid::from_u128(7);
    for binding in [
        Binding { tenant: other.into(), ..binding() },
        Binding { workstation: other.into(), ..binding() },
        Binding { version: 4, ..binding() },
    ] {
        assert_eq!(binding.open(&opening(), &sealed), Err(NotOurs));
    }
    let stranger = OpeningKey::new(&[5; 32]).expect("a scalar");
    assert_eq!(binding().open(&stranger, &sealed), Err(NotOurs));
}

#[test]
fn what_was_changed_on_the_way_does_not_open() {
    let sealed = binding().seal(&recipient(), b"rows", Zeroizing::new([9; 32])).expect("sealed");
    for at in 0..sealed.ciphertext.0.len() {
        let mut changed = sealed.clone();
        changed.ciphertext.0[at] ^= 1;
        assert_eq!(binding().open(&opening(), &changed), Err(NotOurs));
    }
    let mut off_the_curve = sealed.clone();
    off_the_curve.enc.0[64] ^= 1;
    assert_eq!(binding().open(&opening(), &off_the_curve), Err(NotOurs));
    let cut = Sealed { ciphertext: Ciphertext(vec![0; 15]), ..sealed };
    assert_eq!(binding().open(&opening(), &cut), Err(NotOurs));
}

#[test]
fn a_sealed_part_travels_as_json() {
    let sealed = binding().seal(&recipient(), b"rows", Zeroizing::new([9; 32])).expect("sealed");
    let text = serde_json::to_string(&sealed).expect("JSON");
    assert_eq!(serde_json::from_str::<Sealed>(&text).ok(), Some(sealed));
}

#[test]
fn a_seed_never_gives_the_same_bytes_twice() {
    let mut seed = Seed { seed: Zeroizing::new([9; 32]), filled: 0 };
    let mut drawn = [0; 96];
    let Ok(()) = seed.try_fill_bytes(&mut drawn);
    assert_eq!(drawn[..32], [9; 32]);
    let Ok(next) = seed.try_next_u64();
    let windows: std::collections::BTreeSet<&[u8]> = drawn[24..].windows(8).collect();
    assert_eq!(windows.len(), 65);
    assert!(!windows.contains(next.to_be_bytes().as_slice()));
}
