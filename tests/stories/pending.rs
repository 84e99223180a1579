//! A pending push login between a technician's phone and a workstation, to be approved or refused.

use countersign_client::{Authenticator, OpenedLogin, Result};
use countersign_protocol::{
    LoginId, ProblemCode,
    wire::{
        LoginState,
        mobile::{Approve, Decided},
    },
};
use countersign_testkit::{Lies, LyingPasskey, SoftPhone, SoftWorkstation};
use serde_json::Value;

use crate::{house::House, refusal::refused};

/// The login and the two who know of it.
pub struct Pending {
    /// Nik's phone.
    pub phone: SoftPhone,
    /// Where Nik's name was typed.
    pub workstation: SoftWorkstation,
    /// The login.
    pub login: OpenedLogin,
    /// The code that the workstation shows.
    pub code: String,
}

impl Pending {
    /// A login of `nik` at a workstation of this name.
    pub async fn at(house: &House, host_name: &str) -> Self {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation(host_name).await;
        let (login, code) = open(&workstation).await;
        Self { phone, workstation, login, code }
    }

    /// The login's id.
    pub fn id(&self) -> LoginId {
        self.login.id()
    }

    /// An approval whose passkey tells these lies.
    pub async fn approve_lying(&self, lies: Lies) -> Result<Decided> {
        let passkey = LyingPasskey { passkey: &self.phone.passkey, lies };
        self.approve_with(&passkey).await
    }

    /// An approval by another passkey, with the right code.
    pub async fn approve_with(&self, passkey: &impl Authenticator) -> Result<Decided> {
        self.phone.approve_with(self.id(), Some(&self.code), passkey).await
    }

    /// An honest assertion over the login, and not yet sent.
    pub async fn assertion(&self) -> Value {
        assertion(&self.phone, self.id()).await
    }

    /// Sends an assertion with the right code.
    pub async fn send(&self, assertion: Value) -> Result<Decided> {
        let body = Approve { assertion, code: Some(self.code.clone()) };
        self.phone.phone.send_approval(self.id(), &body).await
    }

    /// Where the login stands, as its workstation sees it.
    pub async fn state(&self) -> LoginState {
        self.workstation.workstation.login(self.id()).await.unwrap().state
    }

    /// Checks that the passkey's answer was refused for this reason, and that nothing came of it but that:
    /// the login still waits, and an honest approval is taken.
    pub async fn is_refused(&self, approval: Result<Decided>, why: &str) {
        let detail = refused(approval, ProblemCode::InvalidCredential);
        assert!(detail.contains(why), "{detail}");
        assert_eq!(self.state().await, LoginState::Pending);
        let honest = self.phone.approve(self.id(), &self.code).await.unwrap();
        assert_eq!(honest.state, LoginState::Approved);
    }
}

/// Types nik's name: the login and its code.
pub async fn open(workstation: &SoftWorkstation) -> (OpenedLogin, String) {
    let login = workstation.open_push("nik@example.com").await.unwrap();
    let code = login.code.clone().expect("a push login has a code");
    (login, code)
}

/// What this phone's passkey honestly signs for a login.
pub async fn assertion(phone: &SoftPhone, login: LoginId) -> Value {
    let options = phone.phone.signing_options(login).await.unwrap();
    phone.passkey.assert(&options.public_key, phone.phone.origin())
}
