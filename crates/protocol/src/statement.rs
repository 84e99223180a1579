//! The canonical login: what a phone shows and its signature commits to.
//!
//! The WebAuthn challenge of an approval is
//!
//! ```text
//! SHA-256( lp("countersign/login/v1") || nonce (32 bytes) || lp(field 1) || ... || lp(field 23) )
//! ```
//!
//! where `lp(x)` is the length of `x` as an unsigned 16-bit big-endian number followed by `x`. Ids are
//! their 16 raw bytes, strings UTF-8, instants Unix milliseconds as unsigned 64-bit big-endian numbers;
//! a field that is absent has length zero. The fields, in order:
//!
//! login id; msp id, msp name; tenant id, tenant name; workstation id, workstation name, workstation key
//! thumbprint (RFC 7638, base64url), workstation nonce (32 bytes); technician id, technician e-mail;
//! device id, device name; account name, account kind; purpose; program; reason; network address; how it
//! was entered; opened; expires; the network address of the phone that
//! claimed it.

use serde::{Deserialize, Serialize};

use crate::{
    DeviceId, Instant, LoginId, MspId, Nonce, TechnicianId, TenantId, WorkstationId,
    encoding::{push_field, sha256},
};

/// How a local account on a workstation relates to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// One a technician.
    Named,
    /// One a tenant, used by all its technicians.
    Shared,
}

impl AccountKind {
    /// The kind's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Shared => "shared",
        }
    }
}

/// What the technician wants to enter for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields, from = "WrittenPurpose")]
pub enum Purpose {
    /// A desktop session.
    SignIn,
    /// To run one program with an administrator's rights.
    Elevate {
        /// The program's path or name, shown on the phone.
        program: String,
        /// Why, in the words of who sits at the workstation.
        reason: String,
    },
}

/// A purpose as it is read: of a variant without braces, serde takes any field.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum WrittenPurpose {
    SignIn {},
    Elevate { program: String, reason: String },
}

impl From<WrittenPurpose> for Purpose {
    fn from(written: WrittenPurpose) -> Self {
        match written {
            WrittenPurpose::SignIn {} => Self::SignIn,
            WrittenPurpose::Elevate { program, reason } => Self::Elevate { program, reason },
        }
    }
}

impl Purpose {
    /// The purpose's word.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Elevate { .. } => "elevate",
        }
    }
}

/// How the login came to its technician.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A name was typed at the workstation, and the phone was told to look.
    Push,
    /// The phone scanned the workstation's QR code.
    Qr,
}

impl Entry {
    /// The entry's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Qr => "qr",
        }
    }
}

/// An id and the name that people see for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Shown<Id> {
    /// The id.
    pub id: Id,
    /// The name as shown.
    pub name: String,
}

/// The workstation as a phone shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShownWorkstation {
    /// The id.
    pub id: WorkstationId,
    /// The host name.
    pub name: String,
    /// The RFC 7638 thumbprint of its signing key.
    pub key_thumbprint: String,
    /// Its own nonce for this login; the grant repeats it.
    pub nonce: Nonce,
}

/// The account that the login opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// The local account's name.
    pub name: String,
    /// Whose it is.
    pub kind: AccountKind,
}

/// Everything a person needs to judge a login, and everything their signature commits to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Statement {
    /// The login.
    pub login: LoginId,
    /// The provider.
    pub msp: Shown<MspId>,
    /// The customer.
    pub tenant: Shown<TenantId>,
    /// The machine.
    pub workstation: ShownWorkstation,
    /// The person; the name is their e-mail address.
    pub technician: Shown<TechnicianId>,
    /// The phone that signs.
    pub device: Shown<DeviceId>,
    /// The account on the machine.
    pub account: Account,
    /// Sign-in or elevation.
    pub purpose: Purpose,
    /// The network address the workstation was seen at.
    pub network_address: String,
    /// The network address of the phone that claimed the login, for QR logins.
    pub claimed_from: Option<String>,
    /// How it was entered.
    pub entry: Entry,
    /// When the workstation opened it.
    pub opened_at: Instant,
    /// When it ends if nobody decides.
    pub expires_at: Instant,
}

impl Statement {
    /// The domain that separates this challenge from every other hash.
    pub const DOMAIN: &'static str = "countersign/login/v1";

    /// The bytes under the hash, as the module's documentation gives them.
    #[must_use]
    pub fn canonical(&self, nonce: &Nonce) -> Vec<u8> {
        let (program, reason) = match &self.purpose {
            Purpose::SignIn => ("", ""),
            Purpose::Elevate { program, reason } => (program.as_str(), reason.as_str()),
        };
        let mut out = Vec::with_capacity(768);
        push_field(&mut out, Self::DOMAIN.as_bytes());
        out.extend_from_slice(&nonce.0);
        for field in [
            self.login.as_bytes().as_slice(),
            self.msp.id.as_bytes(),
            self.msp.name.as_bytes(),
            self.tenant.id.as_bytes(),
            self.tenant.name.as_bytes(),
            self.workstation.id.as_bytes(),
            self.workstation.name.as_bytes(),
            self.workstation.key_thumbprint.as_bytes(),
            &self.workstation.nonce.0,
            self.technician.id.as_bytes(),
            self.technician.name.as_bytes(),
            self.device.id.as_bytes(),
            self.device.name.as_bytes(),
            self.account.name.as_bytes(),
            self.account.kind.as_str().as_bytes(),
            self.purpose.as_str().as_bytes(),
            program.as_bytes(),
            reason.as_bytes(),
            self.network_address.as_bytes(),
            self.entry.as_str().as_bytes(),
            &self.opened_at.unix_millis().to_be_bytes(),
            &self.expires_at.unix_millis().to_be_bytes(),
            self.claimed_from.as_deref().unwrap_or_default().as_bytes(),
        ] {
            push_field(&mut out, field);
        }
        out
    }

    /// The WebAuthn challenge: SHA-256 over [`Statement::canonical`].
    #[must_use]
    pub fn challenge(&self, nonce: &Nonce) -> [u8; 32] {
        sha256(&[&self.canonical(nonce)])
    }
}
