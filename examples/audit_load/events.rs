//! Events as logins make them.

use countersign::{
    domain::{Actor, Entity, Event, Fact, Occasion},
    flows::Context,
};
use countersign_protocol::{
    DeviceId, GrantId, LoginId, MspId, TechnicianId, TenantId, WorkstationId,
};

/// How many tenants, technicians and workstations an msp has here.
pub const TENANTS: u64 = 50;
/// Technicians.
pub const TECHNICIANS: u64 = 200;
/// Workstations.
pub const WORKSTATIONS: u64 = 5_000;

/// The `number`th event of an msp: a grant that was taken.
pub fn event(context: &Context, msp: MspId, number: u64) -> Event {
    let at = context.now();
    let id = |kind: u128, of: u64| uuid::Uuid::from_u128((kind << 64) | u128::from(of));
    let tenant: TenantId = id(1, number % TENANTS).into();
    let technician: TechnicianId = id(2, number % TECHNICIANS).into();
    let workstation: WorkstationId = id(3, number % WORKSTATIONS).into();
    let device: DeviceId = id(4, number % TECHNICIANS).into();
    let actor = Actor::Technician { technician, device };
    let occasion = Occasion { at, msp, tenant: Some(tenant), actor };
    let login: LoginId = context.id(at);
    let grant: GrantId = context.id(at);
    let account = format!("msp-technician-{}", number % TECHNICIANS);
    let sentence = format!("W11-{} took the grant for nik@example.com", number % WORKSTATIONS);
    let fact = Fact::GrantTaken { grant, technician, account };
    occasion.event(context.id(at), Entity::Login(login), 3, sentence, fact).on(workstation)
}
