//! The people and machines of the story.

use countersign_client::Error;
use countersign_protocol::wire::{
    admin::{
        CreateEnrolmentToken, CreateTechnician, CreateTenant, Technician, Tenant, TenantSettings,
    },
    desktop::EnrolmentState,
    mobile::PushAddress,
};
use countersign_testkit::{SoftPhone, SoftWorkstation};

use crate::{House, Timeline, Told};

/// The workstation of the logins.
pub const DESK: &str = "W11-RECEPTION";
/// The workstation that Nik visits.
pub const OFFICE: &str = "W11-OFFICE";
/// The workstation that nobody visits.
pub const STORE: &str = "W11-STORE";
/// Nik's phone, in the timeline.
pub const NIKS: &str = "Nik's phone";
/// Nik's other phone, in the timeline.
pub const TABLET: &str = "Nik's tablet";
/// Ada's phone, in the timeline.
pub const ADAS: &str = "Ada's phone";

/// Everyone who takes part.
pub struct Cast {
    /// The customer.
    pub tenant: Tenant,
    /// The technician who is careful, once is not, and leaves.
    pub nik: Technician,
    /// The technician who is suspended.
    pub ada: Technician,
    /// The customer's machine where people log in.
    pub desk: SoftWorkstation,
    /// Another, which is unplugged once.
    pub office: SoftWorkstation,
    /// A third, which is unplugged while somebody leaves.
    pub store: SoftWorkstation,
    /// Nik's phone, which Apple wakes.
    pub niks: SoftPhone,
    /// Nik's other phone, which Google wakes.
    pub tablet: SoftPhone,
    /// Ada's phone.
    pub adas: SoftPhone,
    /// The msp's admin.
    pub admin: countersign_client::Admin,
}

impl Cast {
    /// Makes and enrols everyone, by the admin's API, tickets and tokens.
    pub async fn assemble(timeline: &Timeline, house: &House) -> Told<Self> {
        timeline.chapter("Enrolling");
        let customer =
            CreateTenant { name: "Bakery Lane".into(), settings: TenantSettings::default() };
        let made = house.admin.create_tenant(&customer);
        let tenant = timeline
            .step("admin", "makes a tenant", made, |tenant| {
                format!("made the tenant {}", tenant.name)
            })
            .await?;
        let nik = technician(timeline, house, &tenant, "nik").await?;
        let ada = technician(timeline, house, &tenant, "ada").await?;
        let desk = workstation(timeline, house, &tenant, DESK).await?;
        let office = workstation(timeline, house, &tenant, OFFICE).await?;
        let store = workstation(timeline, house, &tenant, STORE).await?;
        let (apples, googles) = (house.vendors.apples_address(), house.vendors.googles_address());
        let niks = phone(timeline, house, &nik, NIKS, Some(apples)).await?;
        let tablet = phone(timeline, house, &nik, TABLET, Some(googles)).await?;
        let adas = phone(timeline, house, &ada, ADAS, None).await?;
        let admin = house.admin.clone();
        Ok(Self { tenant, nik, ada, desk, office, store, niks, tablet, adas, admin })
    }
}

async fn technician(
    timeline: &Timeline,
    house: &House,
    tenant: &Tenant,
    user_name: &str,
) -> Told<Technician> {
    let email = format!("{user_name}@example.com");
    let technician = CreateTechnician { email, user_name: user_name.into() };
    let making = async {
        let technician = house.admin.create_technician(&technician).await?;
        house.admin.delegate(tenant.id, technician.id).await?;
        Ok::<_, Error>(technician)
    };
    let told = |made: &Technician| {
        format!("made {}, account {}, who works for {}", made.email, made.account_name, tenant.name)
    };
    timeline.step("admin", "makes a technician", making, told).await
}

async fn workstation(
    timeline: &Timeline,
    house: &House,
    tenant: &Tenant,
    name: &str,
) -> Told<SoftWorkstation> {
    let asked =
        CreateEnrolmentToken { uses: 1, expires_in: 600, auto_confirm: true, workstation_id: None };
    let enrolling = async {
        let token = house.admin.create_enrolment_token(tenant.id, &asked).await?.token;
        let (token, facts) = (token.unwrap_or_default(), SoftWorkstation::facts(name));
        SoftWorkstation::enrol_through(house.transport.clone(), &token, facts).await
    };
    let told = |_: &SoftWorkstation| {
        "enrolled with the tenant's token, its own keys, and the installation key pinned".to_owned()
    };
    let made = timeline.step(name, "enrols", enrolling, told).await?;
    let confirmed = made.enrolment.state == EnrolmentState::Active;
    timeline.holds("the workstation is active", confirmed)?;
    Ok(made)
}

async fn phone(
    timeline: &Timeline,
    house: &House,
    owner: &Technician,
    name: &str,
    push: Option<PushAddress>,
) -> Told<SoftPhone> {
    let woken = match &push {
        Some(PushAddress::Apns { .. }) => ", and is woken over APNs",
        Some(_) => ", and is woken over FCM",
        None => "",
    };
    let enrolling = async {
        let ticket = house.admin.create_ticket(owner.id).await?.ticket;
        SoftPhone::enrol_through(house.transport.clone(), &ticket, name, push).await
    };
    let told = |_: &SoftPhone| {
        format!("enrolled with a ticket for {}, made a passkey{woken}", owner.email)
    };
    timeline.step(name, "enrols", enrolling, told).await
}
