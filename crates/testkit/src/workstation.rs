//! A workstation in software: the client's [`Workstation`] at the machine of a patient user.

use std::time::Duration;

use countersign_client::{
    DeviceKey, EncryptionKey, Error, Nowhere, OpenedLogin, Result, Transport, Workstation,
    WorkstationKeys, random_bytes,
};
use countersign_protocol::{
    Purpose,
    encoding::base64url,
    grant::GrantClaims,
    wire::{
        LoginState,
        desktop::{Enrolment, OpenBy, WorkstationFacts},
    },
};

use crate::{agent::Agent, loopback};

/// The logon session that stories speak of unless they name another.
const CONSOLE: &str = "console";
/// How long its user waits: longer than a login lives by default.
const PATIENCE: Duration = Duration::from_secs(150);

/// A workstation and its user.
pub struct SoftWorkstation {
    /// The client's workstation, for whatever the stories below do not tell.
    pub workstation: Workstation,
    /// What became of its enrolment.
    pub enrolment: Enrolment,
    /// The token it enrolled with.
    pub token: String,
    /// What it said of itself.
    pub facts: WorkstationFacts,
    /// Its agent.
    pub agent: Agent,
}

impl SoftWorkstation {
    /// A machine of this name, with hardware of its own, that enrols with a token at the service of this
    /// URL.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn enrol(base_url: &str, token: &str, host_name: &str) -> Result<Self> {
        Self::enrol_through(loopback(base_url)?, token, Self::facts(host_name)).await
    }

    /// The same over a transport that may be shared, for a machine that says this of itself.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn enrol_through(
        transport: Transport,
        token: &str,
        facts: WorkstationFacts,
    ) -> Result<Self> {
        let keys = WorkstationKeys::generate()?;
        let enrolment = keys.enrol(&transport, token, &facts).await?;
        let workstation = Workstation::enrolled(transport, keys, &enrolment, Nowhere)?;
        let (token, agent) = (token.to_owned(), Agent::default());
        Ok(Self { workstation, enrolment, token, facts, agent })
    }

    /// What a machine of this name says of itself; its hardware is new.
    #[must_use]
    pub fn facts(host_name: &str) -> WorkstationFacts {
        WorkstationFacts {
            host_name: host_name.to_owned(),
            os: "Windows 11 24H2".to_owned(),
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
            hardware_id: format!("soft-{}", base64url(&random_bytes::<16>())),
        }
    }

    /// Asks again what became of the enrolment.
    ///
    /// # Errors
    /// See [`WorkstationKeys::enrol`].
    pub async fn enrolment_again(&self) -> Result<Enrolment> {
        let transport = self.workstation.transport();
        self.workstation.keys().enrol(transport, &self.token, &self.facts).await
    }

    /// A copy of the machine's disk as it is now: same keys, same ledger.
    ///
    /// # Errors
    /// If a key can't be copied.
    pub async fn cloned(&self) -> Result<Self> {
        let keys = self.workstation.keys();
        let keys = WorkstationKeys {
            signing: DeviceKey::from_pkcs8(&keys.signing.to_pkcs8()?)?,
            encryption: EncryptionKey::from_der(&keys.encryption.to_der()?)?,
        };
        let workstation = Workstation::resume(
            self.workstation.transport().clone(),
            keys,
            self.workstation.identity().clone(),
            self.workstation.ledger().await,
            Nowhere,
        );
        let (enrolment, token) = (self.enrolment.clone(), self.token.clone());
        let agent = Agent::default();
        *agent.disk() = self.agent.disk().clone();
        Ok(Self { workstation, enrolment, token, facts: self.facts.clone(), agent })
    }

    /// Types a technician's name: a push login to sign in.
    ///
    /// # Errors
    /// See [`Workstation::open`].
    pub async fn open_push(&self, name: &str) -> Result<OpenedLogin> {
        self.workstation.open(by_name(name), Purpose::SignIn, CONSOLE).await
    }

    /// Shows a QR code: a login to sign in.
    ///
    /// # Errors
    /// See [`Workstation::open`].
    pub async fn open_qr(&self) -> Result<OpenedLogin> {
        self.workstation.open(OpenBy::Qr {}, Purpose::SignIn, CONSOLE).await
    }

    /// Types a technician's name to run a program with an administrator's rights.
    ///
    /// # Errors
    /// See [`Workstation::open`].
    pub async fn open_elevation(
        &self,
        name: &str,
        program: &str,
        reason: &str,
    ) -> Result<OpenedLogin> {
        let (program, reason) = (program.to_owned(), reason.to_owned());
        let purpose = Purpose::Elevate { program, reason };
        self.workstation.open(by_name(name), purpose, CONSOLE).await
    }

    /// What the screen shows as a QR code now; empty for push logins.
    #[must_use]
    pub fn qr_link(&self, login: &OpenedLogin) -> String {
        login.qr_link(self.workstation.transport().clock().now()).unwrap_or_default()
    }

    /// Waits until the login is decided or ended.
    ///
    /// # Errors
    /// See [`Workstation::wait_decided`].
    pub async fn wait_decided(&self, login: &mut OpenedLogin) -> Result<LoginState> {
        self.workstation.wait_decided(login, PATIENCE).await
    }

    /// Waits until the login changes: claimed, decided or ended.
    ///
    /// # Errors
    /// [`Error::Deadline`]; see [`Workstation::wait_changed`].
    pub async fn wait_changed(&self, login: &mut OpenedLogin) -> Result<()> {
        let changed = self.workstation.wait_changed(login.id(), login.view.tag(), PATIENCE);
        login.view = changed.await?.ok_or(Error::Deadline)?;
        Ok(())
    }

    /// Takes the grant and checks it.
    ///
    /// # Errors
    /// See [`Workstation::take_grant`].
    pub async fn take_grant(&self, login: &mut OpenedLogin) -> Result<GrantClaims> {
        self.workstation.take_grant(login).await
    }
}

fn by_name(name: &str) -> OpenBy {
    OpenBy::Push { name: name.to_owned() }
}
