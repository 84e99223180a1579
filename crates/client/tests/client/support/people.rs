//! One technician, one phone, one login.

use std::time::Duration;

use countersign_client::{DeviceKey, HeldTokens, Nowhere, Ownership, Phone, Transport};
use countersign_protocol::{
    Account, AccountKind, Bytes, Entry, Instant, Purpose, Shown, ShownWorkstation, Statement,
};
use url::Url;

fn id<Id: std::str::FromStr<Err: std::fmt::Debug>>(last: u8) -> Id {
    format!("0197c0de-0000-7000-8000-0000000000{last:02x}").parse().expect("a uuid")
}

pub fn owner() -> Ownership {
    Ownership { msp_id: id(2), technician_id: id(5), device_id: id(6) }
}

pub fn statement() -> Statement {
    let opened_at = Instant::from_unix_millis(1_795_340_460_123);
    Statement {
        login: id(1),
        msp: Shown { id: id(2), name: "Harbour IT".into() },
        tenant: Shown { id: id(3), name: "Bakery Lane".into() },
        workstation: ShownWorkstation {
            id: id(4),
            name: "W11-RECEPTION".into(),
            key_thumbprint: "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s".into(),
            nonce: Bytes([4; 32]),
        },
        technician: Shown { id: id(5), name: "nik@example.com".into() },
        device: Shown { id: id(6), name: "Nik's Pixel".into() },
        account: Account { name: "msp-nik".into(), kind: AccountKind::Named },
        purpose: Purpose::SignIn,
        network_address: "203.0.113.7".into(),
        claimed_from: None,
        entry: Entry::Push,
        opened_at,
        expires_at: opened_at + Duration::from_secs(120),
    }
}

/// A transport without patience: a test says itself what is repeated.
pub fn transport(service: Url) -> Transport {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    Transport::over(http, service).with_patience(Duration::ZERO)
}

/// The owner's phone, with a token that lasts.
pub fn phone(service: Url) -> Phone {
    phone_over(transport(service))
}

/// The same over another transport.
pub fn phone_over(transport: Transport) -> Phone {
    let held = HeldTokens {
        access_token: "an-access-token".into(),
        refresh_token: "a-refresh-token".into(),
        renew_at: transport.clock().now() + Duration::from_secs(3600),
    };
    Phone::resume(transport, DeviceKey::generate().expect("a key"), owner(), held, Nowhere)
}
