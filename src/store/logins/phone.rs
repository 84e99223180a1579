//! A login as a phone sees it: everything that is shown and signed, from one statement.

use countersign_protocol::{
    DeviceId, Entry, Instant, LoginId, MspId, Nonce, Purpose, Shown, ShownWorkstation, Statement,
    TechnicianId, TenantId, WorkstationId,
    wire::{LoginState, Status, accounts::AccountMode},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Standing, account::account};
use crate::{
    domain::login::Login,
    store::{
        Conn, StoreError,
        conn::on,
        found_or_none,
        prepared::word,
        schema::{delegations, devices, logins, msps, technicians, tenants, workstations},
        types::{at, id},
    },
};

/// A login with all its shown names, and the phone that asks.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = logins)]
pub struct LoginForPhone {
    id: LoginId,
    purpose: String,
    program: Option<String>,
    reason: Option<String>,
    os_session: String,
    network_address: String,
    claimed_from: Option<String>,
    nonce: Nonce,
    workstation_nonce: Nonce,
    code_digits: Option<i32>,
    code_tag: Option<Vec<u8>>,
    version: i64,
    #[diesel(embed)]
    standing: Standing,
    #[diesel(embed)]
    msp: Msp,
    #[diesel(embed)]
    tenant: Tenant,
    #[diesel(embed)]
    workstation: Workstation,
    #[diesel(embed)]
    technician: Technician,
    #[diesel(embed)]
    phone: Phone,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = msps)]
pub struct Msp {
    id: MspId,
    name: String,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = tenants)]
pub struct Tenant {
    id: TenantId,
    name: String,
    refuse_other_network: bool,
    account_mode: AccountMode,
    shared_account: Option<String>,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = workstations)]
pub struct Workstation {
    id: WorkstationId,
    host_name: String,
    jkt: String,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = technicians)]
pub struct Technician {
    id: TechnicianId,
    email: String,
    account_name: String,
    consecutive_failures: i32,
    devices_version: i64,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = devices)]
pub struct Phone {
    id: DeviceId,
    name: String,
    passkey: String,
    sign_count: i64,
    push: Option<String>,
    push_trouble: Option<String>,
}

impl LoginForPhone {
    /// What the phone shows, and what it signs together with [`LoginForPhone::nonce`].
    #[must_use]
    pub fn statement(&self) -> Statement {
        let purpose = match (&self.program, &self.reason) {
            (Some(program), Some(reason)) if self.purpose == "elevate" => {
                Purpose::Elevate { program: program.clone(), reason: reason.clone() }
            }
            _ => Purpose::SignIn,
        };
        Statement {
            login: self.id,
            msp: Shown { id: self.msp.id, name: self.msp.name.clone() },
            tenant: Shown { id: self.tenant.id, name: self.tenant.name.clone() },
            workstation: ShownWorkstation {
                id: self.workstation.id,
                name: self.workstation.host_name.clone(),
                key_thumbprint: self.workstation.jkt.clone(),
                nonce: self.workstation_nonce,
            },
            technician: Shown { id: self.technician.id, name: self.technician.email.clone() },
            device: Shown { id: self.phone.id, name: self.phone.name.clone() },
            account: account(
                self.tenant.account_mode,
                self.tenant.shared_account.as_deref(),
                &self.technician.account_name,
            ),
            purpose,
            network_address: self.network_address.clone(),
            claimed_from: self.claimed_from.clone(),
            entry: self.standing.entry,
            opened_at: self.standing.opened_at,
            expires_at: self.standing.expires_at,
        }
    }

    /// The state machine's view.
    #[must_use]
    pub fn login(&self) -> Login {
        self.standing.login()
    }

    /// The phone that claimed it, or decided.
    #[must_use]
    pub fn claimed_by(&self) -> Option<DeviceId> {
        self.standing.device
    }

    /// The login's nonce.
    #[must_use]
    pub fn nonce(&self) -> Nonce {
        self.nonce
    }

    /// The row's version.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Digits of the code, for push logins.
    #[must_use]
    pub fn code_digits(&self) -> Option<u8> {
        self.code_digits.and_then(|digits| u8::try_from(digits).ok())
    }

    /// The code's keyed hash, for push logins.
    #[must_use]
    pub fn code_tag(&self) -> Option<&[u8]> {
        self.code_tag.as_deref()
    }

    /// Where the workstation was seen.
    #[must_use]
    pub fn network_address(&self) -> &str {
        &self.network_address
    }

    /// True if the tenant refuses a phone in another network.
    #[must_use]
    pub fn refuse_other_network(&self) -> bool {
        self.tenant.refuse_other_network
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant.id
    }

    /// The workstation.
    #[must_use]
    pub fn workstation(&self) -> WorkstationId {
        self.workstation.id
    }

    /// The machine's logon session.
    #[must_use]
    pub fn os_session(&self) -> &str {
        &self.os_session
    }

    /// The workstation's shown name.
    #[must_use]
    pub fn host_name(&self) -> &str {
        &self.workstation.host_name
    }

    /// The technician's e-mail address.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.technician.email
    }

    /// Failed approvals since the technician's last success.
    #[must_use]
    pub fn consecutive_failures(&self) -> i32 {
        self.technician.consecutive_failures
    }

    /// Rises with each change of the technician's devices.
    #[must_use]
    pub fn devices_version(&self) -> i64 {
        self.technician.devices_version
    }

    /// True if the asking phone has a push address in which nothing is wrong.
    #[must_use]
    pub fn can_be_told(&self) -> bool {
        self.phone.push.is_some() && self.phone.push_trouble.is_none()
    }

    /// The asking phone's passkey, as stored.
    #[must_use]
    pub fn passkey(&self) -> &str {
        &self.phone.passkey
    }

    /// The asking phone's signature counter, as stored.
    #[must_use]
    pub fn sign_count(&self) -> i64 {
        self.phone.sign_count
    }
}

macro_rules! seen_by {
    ($msp:expr, $device:expr, $belongs:expr) => {
        logins::table
            .inner_join(msps::table.on(msps::id.eq(logins::msp)))
            .inner_join(tenants::table.on(tenants::id.eq(logins::tenant)))
            .inner_join(workstations::table.on(workstations::id.eq(logins::workstation)))
            .inner_join(devices::table.on(devices::id.eq(id($device))))
            .inner_join(technicians::table.on(technicians::id.eq(devices::technician)))
            .inner_join(
                delegations::table.on(delegations::tenant
                    .eq(logins::tenant)
                    .and(delegations::technician.eq(devices::technician))),
            )
            .filter(logins::msp.eq(id($msp)))
            .filter($belongs)
            .filter(devices::msp.eq(id($msp)))
            .filter(devices::status.eq(word(Status::Active)))
            .filter(technicians::status.eq(word(Status::Active)))
            .filter(delegations::active.eq(true))
    };
}

macro_rules! belongs {
    ($device:expr) => {
        logins::technician
            .eq(devices::technician.nullable())
            .and(logins::device.is_null().or(logins::device.eq(id($device))))
    };
}

/// The login, if this phone may see it: its technician's, and not another phone's claim.
///
/// # Errors
/// If the database does not answer.
pub async fn for_phone(
    conn: &mut Conn,
    login: LoginId,
    device: DeviceId,
) -> Result<Option<LoginForPhone>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| seen_by!(msp, device, belongs!(device))
        .filter(logins::id.eq(id(login)))
        .select(LoginForPhone::as_select())
        .first(c));
    found_or_none(found)
}

/// A QR login that this phone's technician may claim: nobody's yet, or this phone's already.
///
/// # Errors
/// If the database does not answer.
pub async fn claimable(
    conn: &mut Conn,
    login: LoginId,
    device: DeviceId,
) -> Result<Option<LoginForPhone>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| seen_by!(msp, device, logins::entry.eq(word(Entry::Qr)))
        .filter(logins::id.eq(id(login)))
        .select(LoginForPhone::as_select())
        .first(c));
    found_or_none(found)
}

/// The pending logins that this phone may decide, oldest first.
///
/// # Errors
/// If the database does not answer.
pub async fn pending_of(
    conn: &mut Conn,
    device: DeviceId,
    technician: TechnicianId,
    now: Instant,
) -> Result<Vec<LoginForPhone>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| seen_by!(msp, device, belongs!(device))
        .filter(logins::technician.eq(id(technician)))
        .filter(logins::state.eq(word(LoginState::Pending)))
        .filter(logins::expires_at.gt(at(now)))
        .order(logins::id)
        .limit(50)
        .select(LoginForPhone::as_select())
        .load(c))
}

/// [`LoginForPhone::devices_version`] and [`LoginForPhone::can_be_told`] where no login tells them.
///
/// # Errors
/// If the database does not answer.
pub async fn own_devices(conn: &mut Conn, device: DeviceId) -> Result<(i64, bool), StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| technicians::table
        .inner_join(devices::table.on(devices::technician.eq(technicians::id)))
        .filter(technicians::msp.eq(id(msp)))
        .filter(devices::id.eq(id(device)))
        .select((
            technicians::devices_version,
            devices::push.is_not_null().and(devices::push_trouble.is_null()),
        ))
        .first::<(i64, bool)>(c))
}
