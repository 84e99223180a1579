//! What is sealed here is opened by an implementation that was not written here, npm's `@hpke/core` at the version
//! pinned beside this file, and the other way round.

#![allow(clippy::unwrap_used)] // a test fails by panicking
#![allow(clippy::disallowed_methods)] // new secrets in each run

use std::{
    path::Path,
    process::{Command, Stdio},
};

use aws_lc_rs::{
    agreement::{ECDH_P256, PrivateKey},
    encoding::{AsBigEndian, EcPrivateKeyBin},
    rand::{SecureRandom, SystemRandom},
};
use countersign_protocol::{
    P256Jwk,
    encoding::{base64url, from_base64url},
    sealed::{Binding, OpeningKey, Sealed},
};
use serde_json::{Value, json};

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).unwrap();
    bytes
}

/// `lp` of each field, written once more: the outside has to follow the documentation.
fn fields(fields: &[&[u8]]) -> String {
    let mut out = Vec::new();
    for field in fields {
        out.extend_from_slice(&u16::try_from(field.len()).unwrap().to_be_bytes());
        out.extend_from_slice(field);
    }
    base64url(&out)
}

#[test]
#[ignore = "long round"]
fn what_is_sealed_here_opens_outside_and_the_other_way_round() {
    let private = PrivateKey::generate(&ECDH_P256).unwrap();
    let scalar: EcPrivateKeyBin<'_> = private.as_be_bytes().unwrap();
    let public = private.compute_public_key().unwrap();
    let key = P256Jwk::from_uncompressed(public.as_ref()).unwrap();
    let binding = Binding {
        tenant: uuid::Uuid::from_u128(1).into(),
        workstation: uuid::Uuid::from_u128(2).into(),
        version: 3,
    };
    let (rows, answer) = (random::<3000>(), random::<200>());
    let sealed = binding.seal(&key, &rows, random().into()).unwrap();
    let (tenant, workstation) = (binding.tenant.as_bytes(), binding.workstation.as_bytes());
    let told = by_hpke_core(&json!({
        "key": key,
        "scalar": base64url(scalar.as_ref()),
        "info": fields(&[b"countersign/state/v1", tenant, workstation]),
        "aad": fields(&[&3_u64.to_be_bytes()]),
        "sealed": sealed,
        "answer": base64url(&answer),
    }));
    assert_eq!(from_base64url(told["opened"].as_str().unwrap()).unwrap(), rows);

    let sealed: Sealed = serde_json::from_value(told["sealed"].clone()).unwrap();
    let opening = OpeningKey::new(scalar.as_ref().try_into().unwrap()).unwrap();
    assert_eq!(binding.open(&opening, &sealed).as_deref(), Ok(&answer.to_vec()));
}

/// Installs it in a temporary folder, from the registry that this machine's npm is set to, and runs the script.
fn by_hpke_core(place: &Value) -> Value {
    let folder = tempfile::Builder::new().prefix("hpke").tempdir().unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside");
    for file in ["by_hpke_core.mjs", "package.json", "package-lock.json"] {
        std::fs::copy(sources.join(file), folder.path().join(file)).unwrap();
    }
    std::fs::write(folder.path().join("place.json"), place.to_string()).unwrap();
    run(folder.path(), "npm", &["ci", "--no-audit", "--no-fund"]);
    let printed = run(folder.path(), "node", &["by_hpke_core.mjs", "place.json"]);
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed for this: {error}"));
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {arguments:?}:\n{out}\n{err}");
    out.into_owned()
}
