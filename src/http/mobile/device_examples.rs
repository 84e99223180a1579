//! One example for each body of a phone's enrolment, tokens and devices.

use countersign_protocol::{
    Bytes, Instant, Shown,
    wire::{
        Status,
        mobile::{
            DeviceFacts, Enrolled, EnrolmentOptions, FinishEnrolment, FinishSignIn, OwnDevice,
            OwnDevices, PushAddress, Refresh, SetPushAddress, SignInOptions, StartEnrolment,
            StartSignIn, Tokens,
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

const CREDENTIAL: &str = "ZoIKP1JQvKdrYj1bTUPJ2eTUsbLeFkv-X5xJQNr4k6s";

/// The examples of these routes' bodies.
pub fn examples(examples: &mut Examples) {
    of_enrolment(examples);
    of_tokens(examples);
    examples.body(&SetPushAddress { push: Some(push()), language: Some("de-CH".into()) });
    let device = OwnDevice {
        id: id(7),
        facts: facts(),
        status: Status::Active,
        this: true,
        enrolled_at: at(1),
    };
    examples.body(&OwnDevices { devices: vec![device] });
}

fn facts() -> DeviceFacts {
    DeviceFacts { name: "Nik's Pixel".into(), model: "Pixel 11".into(), os: "Android 17".into() }
}

fn push() -> PushAddress {
    PushAddress::Fcm { token: "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1".into() }
}

fn tokens() -> Tokens {
    Tokens {
        access_token: "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9...".into(),
        token_type: "DPoP".into(),
        expires_in: 300,
        refresh_token: "cs_refresh_AaICoV_g...".into(),
    }
}

fn of_enrolment(examples: &mut Examples) {
    let ticket = "cs_ticket_AaIDMkfg...".to_owned();
    examples.body(&StartEnrolment { ticket: ticket.clone() });
    examples.body(&EnrolmentOptions {
        msp: Shown { id: id(1), name: "Acme IT".into() },
        technician: Shown { id: id(4), name: "nik@example.com".into() },
        ticket_id: id(5),
        nonce: Bytes([5; 32]),
        public_key: creation_options(),
        expires_at: at(10),
    });
    examples.body(&FinishEnrolment {
        ticket,
        credential: json!({
            "id": CREDENTIAL, "rawId": CREDENTIAL, "type": "public-key", "clientExtensionResults": {},
            "response": {"attestationObject": "o2NmbXRkbm9uZWdh...", "clientDataJSON": "eyJ0eXBlIjoi..."},
        }),
        device: facts(),
        push: Some(push()),
        language: Some("de-CH".into()),
    });
    examples.body(&Enrolled {
        device_id: id(7),
        technician_id: id(4),
        msp_id: id(1),
        tokens: tokens(),
    });
}

fn creation_options() -> Value {
    json!({
        "rp": {"id": "sign.example.com", "name": "Countersign"},
        "user": {"id": "AaICoV_gcACAAAAAAAAABQ", "name": "nik@example.com", "displayName": "nik@example.com"},
        "challenge": "6Tb3oEJuTlH0y0mQ3lJmQp5Yw0s7l9Yc2u1k0c9m6aE",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "timeout": 300_000,
        "authenticatorSelection": {
            "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
        },
        "attestation": "none",
    })
}

fn of_tokens(examples: &mut Examples) {
    examples.body(&tokens());
    examples.body(&Refresh { refresh_token: tokens().refresh_token });
    examples.body(&StartSignIn { msp_id: id(1), device_id: id(7) });
    examples.body(&SignInOptions {
        nonce: Bytes([5; 32]),
        public_key: json!({
            "challenge": "6Tb3oEJuTlH0y0mQ3lJmQp5Yw0s7l9Yc2u1k0c9m6aE",
            "timeout": 300_000,
            "rpId": "sign.example.com",
            "allowCredentials": [{"type": "public-key", "id": CREDENTIAL}],
            "userVerification": "required",
        }),
        expires_at: at(2),
    });
    examples.body(&FinishSignIn {
        msp_id: id(1),
        device_id: id(7),
        nonce: Bytes([5; 32]),
        assertion: json!({
            "id": CREDENTIAL, "rawId": CREDENTIAL, "type": "public-key", "clientExtensionResults": {},
            "response": {
                "authenticatorData": "SZYN5YgOjGh0NBcP...", "clientDataJSON": "eyJ0eXBlIjoi...",
                "signature": "MEUCIQDx8m3p...",
            },
        }),
    });
}
