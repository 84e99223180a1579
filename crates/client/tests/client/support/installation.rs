//! A service's keys and a workstation that pinned them.

use std::sync::{Arc, Mutex};

use countersign_client::{DeviceKey, Identity, Ledger, Workstation, WorkstationKeys};
use countersign_protocol::{
    Account, AccountKind, Entry, Nonce, Purpose,
    grant::{
        GRANT_TYP, GrantClaims, GrantedTechnician, KEY_SET_TYP, KeySet, PasswordRule, PublishedKey,
    },
    wire::{LoginState, desktop::LoginView},
};
use serde::Serialize;
use serde_json::json;
use url::Url;

use super::people::{statement, transport};

pub const ISSUER: &str = "https://id.example";

/// An installation key and two grant keys, the second of a later rotation.
pub struct Installation {
    pub installation: DeviceKey,
    pub grant: DeviceKey,
    pub next: DeviceKey,
}

impl Installation {
    pub fn new() -> Self {
        let key = || DeviceKey::generate().expect("a key");
        Self { installation: key(), grant: key(), next: key() }
    }

    /// The signed key set with these grant keys.
    pub fn key_set(&self, iat: i64, keys: &[&DeviceKey]) -> serde_json::Value {
        let keys = keys
            .iter()
            .map(|key| PublishedKey {
                kid: key.thumbprint(),
                purpose: "grant".into(),
                jwk: key.public().clone(),
            })
            .collect();
        let set = KeySet { iss: ISSUER.into(), iat, keys };
        json!({"signed": signed(&self.installation, KEY_SET_TYP, &set)})
    }

    /// A workstation that pinned the installation key, and each ledger it kept.
    pub fn workstation(&self, service: Url) -> (Workstation, Arc<Mutex<Vec<Ledger>>>) {
        let statement = statement();
        let identity = Identity {
            workstation_id: statement.workstation.id,
            msp_id: statement.msp.id,
            tenant_id: statement.tenant.id,
            issuer: ISSUER.into(),
            installation_keys: vec![self.installation.public().clone()],
        };
        let kept = Arc::new(Mutex::new(Vec::new()));
        let shelf = kept.clone();
        let keep = move |ledger: &Ledger| {
            shelf.lock().expect("no panic while locked").push(ledger.clone());
            Ok(())
        };
        let keys = WorkstationKeys::generate().expect("keys");
        let workstation =
            Workstation::resume(transport(service), keys, identity, Ledger::at(7), keep);
        (workstation, kept)
    }
}

/// The honest grant of the login that was opened with this nonce.
pub fn grant(by: &DeviceKey, nonce: Nonce) -> serde_json::Value {
    let statement = statement();
    let claims = GrantClaims {
        iss: ISSUER.into(),
        aud: statement.workstation.id,
        jti: "0197c0de-0000-7000-8000-000000000020".parse().expect("a uuid"),
        iat: 1_795_340_460,
        exp: 1_795_340_520,
        login: statement.login,
        msp: statement.msp.id,
        tenant: statement.tenant.id,
        nonce,
        technician: GrantedTechnician {
            id: statement.technician.id,
            email: statement.technician.name,
            user_name: "nik".into(),
        },
        account: Account { name: "msp-nik".into(), kind: AccountKind::Named },
        create_account: true,
        password: PasswordRule { rotate_before_use: true, length: 32 },
        purpose: Purpose::SignIn,
    };
    json!({"grant": signed(by, GRANT_TYP, &claims)})
}

fn signed(key: &DeviceKey, typ: &str, claims: &impl Serialize) -> String {
    let header = json!({"typ": typ, "alg": "ES256", "kid": key.thumbprint()});
    key.jws_with_header(&header, claims).expect("a signature")
}

/// A workstation's view of the login.
pub fn view(state: LoginState, version: i64) -> LoginView {
    let statement = statement();
    LoginView {
        id: statement.login,
        state,
        version,
        entry: Entry::Push,
        reach: None,
        outcome: None,
        claimed_by: None,
        expires_at: statement.expires_at,
        take_until: None,
        server_time: statement.opened_at,
    }
}

/// A token for the assertion that presented the counter before.
pub fn workstation_token(counter: u64) -> serde_json::Value {
    json!({
        "access_token": "a-token", "token_type": "DPoP", "expires_in": 300,
        "counter": counter, "server_time": statement().opened_at,
    })
}
