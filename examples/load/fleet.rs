//! Who takes part: technicians with phones, and workstations, made through the admins' API.

use std::sync::Arc;

use countersign_client::{Admin, Error, Transport};
use countersign_protocol::{
    TenantId,
    encoding::sha256,
    wire::{
        admin::{CreateEnrolmentToken, CreateTechnician, CreateTenant, TenantSettings},
        desktop::EnrolmentState,
    },
};
use countersign_testkit::{SoftPhone, SoftWorkstation};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{Failure, pushes::Pushes};

/// How many enrol at once.
const AT_ONCE: usize = 8;
/// How many workstations one token may enrol.
const USES: u32 = 10_000;

/// A phone and its owner.
pub struct Carried {
    /// What is typed at workstations.
    pub email: String,
    /// The phone.
    pub phone: SoftPhone,
}

/// A name that no earlier run used on this service.
pub fn fresh_name() -> String {
    let hash = sha256(&[&countersign_client::random_bytes::<16>()]);
    hash[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A tenant whose logins live as long as these settings say.
pub async fn tenant(
    admin: &Admin,
    name: &str,
    login_lifetime_s: Option<u16>,
) -> Result<TenantId, Failure> {
    let settings = TenantSettings { login_lifetime_s, ..TenantSettings::default() };
    Ok(admin.create_tenant(&CreateTenant { name: name.to_owned(), settings }).await?.id)
}

/// Technicians who work for the tenant, each with a phone, with an address where there is a vendor.
pub async fn phones(
    admin: &Admin,
    transport: &Transport,
    (tenant, run): (TenantId, &str),
    count: u32,
    pushes: Option<&Pushes>,
) -> Result<Vec<Carried>, Failure> {
    let one = |number: u32| async move {
        let user_name = format!("load-{run}-{number}");
        let email = format!("{user_name}@example.com");
        let technician = CreateTechnician { email: email.clone(), user_name };
        let technician = admin.create_technician(&technician).await?;
        admin.delegate(tenant, technician.id).await?;
        let ticket = admin.create_ticket(technician.id).await?.ticket;
        let phone =
            SoftPhone::enrol_through(transport.clone(), &ticket, "Load phone", None).await?;
        if let Some(pushes) = pushes {
            phone.phone.set_push_address(Some(pushes.address()), None).await?;
        }
        Ok::<_, Error>(Carried { email, phone })
    };
    Ok(stream::iter(0..count).map(one).buffer_unordered(AT_ONCE).try_collect().await?)
}

/// Workstations of the tenant, each with keys of its own and an access token in hand.
pub async fn workstations(
    admin: &Admin,
    transport: &Transport,
    tenant: TenantId,
    run: &str,
    count: u32,
) -> Result<Vec<Arc<SoftWorkstation>>, Failure> {
    let mut enrolled = Vec::new();
    for first in (0..count).step_by(USES as usize) {
        let uses = USES.min(count - first);
        let asked = CreateEnrolmentToken {
            uses,
            expires_in: 3600,
            auto_confirm: true,
            workstation_id: None,
        };
        let made = admin.create_enrolment_token(tenant, &asked).await?;
        let token = &made.token.ok_or("the service shows no new enrolment token")?;
        let one = |number: u32| async move {
            let facts = SoftWorkstation::facts(&format!("LOAD-{run}-{number}"));
            let desk = SoftWorkstation::enrol_through(transport.clone(), token, facts).await?;
            if desk.enrolment.state == EnrolmentState::Active {
                desk.workstation.access_token().await?;
            }
            Ok::<_, Error>(Arc::new(desk))
        };
        let numbers = stream::iter(first..first + uses).map(one).buffer_unordered(AT_ONCE);
        enrolled.extend(numbers.try_collect::<Vec<_>>().await?);
    }
    Ok(enrolled)
}
