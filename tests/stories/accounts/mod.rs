//! Accounts, sessions, desired state and offline codes.

mod backlog;
mod bounds;
mod clocks;
mod derived;
mod dump;
mod late;
mod leaving;
mod many;
mod modes;
mod named;
mod names;
mod races;
mod recovery;
mod rotation;
mod sessions;
mod state;
mod switch;
mod trust;
mod uploads;
mod whole;

use std::time::Duration;

use countersign_protocol::{
    offline::{Prompt, Shown},
    wire::{
        accounts::{AccountMode, OfflineSettings},
        admin::{CreateTenant, Technician, Tenant, TenantSettings},
        sessions::Session,
    },
};
use countersign_testkit::{SoftPhone, SoftWorkstation};

use crate::house::House;

/// A code's step.
const STEP: Duration = Duration::from_secs(30);
const DAY: Duration = Duration::from_secs(86_400);

/// The settings of a tenant whose technicians share an account.
pub fn shared() -> TenantSettings {
    TenantSettings { accounts: AccountMode::Shared, ..TenantSettings::default() }
}

/// The settings of a tenant with derived codes.
fn derived() -> TenantSettings {
    let offline = OfflineSettings { derived: true, ..OfflineSettings::default() };
    TenantSettings { offline, ..TenantSettings::default() }
}

/// Another tenant of the msp, for which nik works too.
async fn tenant(house: &House, name: &str, settings: TenantSettings) -> Tenant {
    let asked = CreateTenant { name: name.into(), settings };
    let tenant = house.admin.create_tenant(&asked).await.unwrap();
    house.admin.delegate(tenant.id, house.nik.id).await.unwrap();
    tenant
}

/// A workstation of this tenant.
async fn workstation(house: &House, tenant: &Tenant, host_name: &str) -> SoftWorkstation {
    let token = house.token(tenant, 1).await;
    let facts = SoftWorkstation::facts(host_name);
    SoftWorkstation::enrol_through(house.transport(), &token, facts).await.unwrap()
}

/// Another technician of the first tenant, with a phone.
async fn colleague(house: &House, user_name: &str) -> (Technician, SoftPhone) {
    let technician = house.technician(user_name).await;
    house.admin.delegate(house.tenant.id, technician.id).await.unwrap();
    let phone = house.phone_of(&technician).await;
    (technician, phone)
}

/// A technician signs in with their phone, and the session is reported.
pub async fn visit(phone: &SoftPhone, name: &str, at: &SoftWorkstation) -> Session {
    let mut login = at.open_push(name).await.unwrap();
    phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
    at.wait_decided(&mut login).await.unwrap();
    at.enters(&mut login).await.unwrap()
}

/// A session that has ended.
async fn short_visit(phone: &SoftPhone, name: &str, at: &SoftWorkstation) {
    let session = visit(phone, name, at).await;
    at.ends(session.id).await.unwrap();
    at.sync().await.unwrap();
}

/// The phone's code for whoever typed this name at the workstation.
fn code(phone: &SoftPhone, at: &SoftWorkstation, name: &str) -> (Prompt, Shown) {
    let prompt = at.prompt(name).expect("codes are accepted here");
    let shown = phone.show(&prompt).expect("the phone holds this version");
    (prompt, shown)
}
