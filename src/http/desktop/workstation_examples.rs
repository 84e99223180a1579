//! One example for each body of a workstation's enrolment and tokens.

use countersign_protocol::{
    Instant, P256Jwk,
    wire::{
        Status,
        desktop::{
            Authenticate, Enrol, Enrolment, EnrolmentState, OwnWorkstation, PendingReplacement,
            WorkstationFacts, WorkstationToken,
        },
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::openapi::Examples;

/// The instant so many minutes after 2026-11-22T09:41:00Z.
fn at(minutes: i64) -> Instant {
    Instant::from_unix_millis(1_795_340_460_000 + minutes * 60_000)
}

/// An id of that instant.
fn id<Id: From<Uuid>>(last: u128) -> Id {
    Uuid::from_u128(0x01a2_02a1_5fe0_7000_8000_0000_0000_0000 + last).into()
}

/// The public keys of RFC 7517 appendix A.1 and RFC 7515 appendix A.3.
fn keys() -> [Value; 2] {
    [
        json!({
            "kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        }),
        json!({
            "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }),
    ]
}

fn facts() -> WorkstationFacts {
    WorkstationFacts {
        host_name: "W11-RECEPTION".into(),
        os: "Windows 11 24H2".into(),
        agent_version: "1.4.0".into(),
        hardware_id: "4c4c4544-0042-3510-8052-b4c04f4d3132".into(),
    }
}

/// The examples of these routes' bodies.
pub fn examples(examples: &mut Examples) {
    let [signing_key, encryption_key] = keys().map(serde_json::from_value::<P256Jwk>);
    if let (Ok(signing_key), Ok(encryption_key)) = (signing_key, encryption_key) {
        of_enrolment(examples, signing_key, encryption_key);
    }
    examples
        .body(&Authenticate { assertion: "eyJhbGciOiJFUzI1NiIsInR5cCI6ImNvdW50ZXJz...".into() });
    examples.body(&WorkstationToken {
        access_token: "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9...".into(),
        token_type: "DPoP".into(),
        expires_in: 300,
        counter: 42,
        server_time: at(2),
    });
    examples.body(&OwnWorkstation {
        id: id(8),
        status: Status::Active,
        tenant_name: "Bakery Lane".into(),
        push_frozen: false,
        replacement: Some(PendingReplacement {
            id: id(9),
            key_thumbprint: "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s".into(),
            facts: facts(),
            requested_at: at(2),
        }),
        server_time: at(3),
    });
}

fn of_enrolment(examples: &mut Examples, signing_key: P256Jwk, encryption_key: P256Jwk) {
    let installation_keys = vec![encryption_key.clone()];
    let token = "cs_enrol_AaIDMkfg...".into();
    examples.body(&Enrol { token, signing_key, encryption_key, facts: facts() });
    examples.body(&Enrolment {
        workstation_id: id(8),
        msp_id: id(1),
        tenant_id: id(3),
        state: EnrolmentState::AwaitsConfirmation,
        replacement_id: None,
        counter: 1,
        installation_keys,
        issuer: "https://sign.example.com".into(),
        server_time: at(1),
    });
}
