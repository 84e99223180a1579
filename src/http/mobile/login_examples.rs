//! One example for each body of the phone's login routes.

use countersign_protocol::{
    Account, AccountKind, Bytes, Entry, Instant, Purpose, Shown, ShownWorkstation, Statement,
    wire::{
        LoginState,
        mobile::{
            Approve, Claim, Decided, Deny, DenyReason, LoginDetail, PendingLogin, PendingLogins,
            SigningOptions,
        },
    },
};
use serde_json::json;
use uuid::{Uuid, uuid};

use crate::http::openapi::Examples;

const LOGIN: Uuid = uuid!("019ab1c4-5d00-7a3e-8f52-6d1c2b3a4f50");

fn noon() -> Instant {
    Instant::from_unix_millis(1_795_340_460_000)
}

fn statement() -> Statement {
    Statement {
        login: LOGIN.into(),
        msp: Shown {
            id: uuid!("019ab1c0-0000-7000-8000-000000000001").into(),
            name: "Acme IT".into(),
        },
        tenant: Shown {
            id: uuid!("019ab1c0-0000-7000-8000-000000000002").into(),
            name: "Bakery Lane".into(),
        },
        workstation: ShownWorkstation {
            id: uuid!("019ab1c0-0000-7000-8000-000000000003").into(),
            name: "W11-RECEPTION".into(),
            key_thumbprint: "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s".into(),
            nonce: Bytes([7; 32]),
        },
        technician: Shown {
            id: uuid!("019ab1c0-0000-7000-8000-000000000004").into(),
            name: "nik@example.com".into(),
        },
        device: Shown {
            id: uuid!("019ab1c0-0000-7000-8000-000000000005").into(),
            name: "Nik's Pixel".into(),
        },
        account: Account { name: "msp-nik".into(), kind: AccountKind::Named },
        purpose: Purpose::SignIn,
        network_address: "198.51.100.7".into(),
        claimed_from: None,
        entry: Entry::Push,
        opened_at: noon(),
        expires_at: Instant::from_unix_millis(noon().unix_millis() + 120_000),
    }
}

fn pending() -> PendingLogin {
    PendingLogin { statement: statement(), version: 1, code_digits: Some(6), network_differs: true }
}

/// The examples of these routes' bodies.
pub fn examples(examples: &mut Examples) {
    examples.body(&PendingLogins {
        push_address_wanted: false,
        logins: vec![pending()],
        devices_version: 1,
        server_time: noon(),
    });
    examples.body(&LoginDetail {
        login: pending(),
        state: LoginState::Pending,
        server_time: noon(),
    });
    examples.body(&Claim { secret: Bytes([9; 16]) });
    examples.body(&SigningOptions {
        nonce: Bytes([5; 32]),
        public_key: json!({
            "challenge": "6Tb3oEJuTlH0y0mQ3lJmQp5Yw0s7l9Yc2u1k0c9m6aE",
            "timeout": 300_000,
            "rpId": "sign.example.com",
            "allowCredentials": [{ "type": "public-key", "id": "AQIDBAUGBwgJCgsMDQ4PEA" }],
            "userVerification": "required",
        }),
    });
    let assertion = json!({
        "id": "AQIDBAUGBwgJCgsMDQ4PEA",
        "rawId": "AQIDBAUGBwgJCgsMDQ4PEA",
        "type": "public-key",
        "response": {
            "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAA",
            "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0Ii4uLn0",
            "signature": "MEUCIQDxYz...",
        },
        "extensions": {},
    });
    examples.body(&Approve { assertion, code: Some("493027".into()) });
    examples.body(&Deny { reason: DenyReason::Fraud });
    examples.body(&Decided { state: LoginState::Approved, version: 2 });
}
