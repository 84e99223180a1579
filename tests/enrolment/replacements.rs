use countersign::{
    flows::{
        AdminCaller, Context, WorkstationCaller, admin::workstations, enrolment,
        workstations as own,
    },
    store::Scope,
};
use countersign_protocol::{
    ProblemCode, TenantId,
    wire::{
        admin::CreateEnrolmentToken,
        desktop::{Enrolment, EnrolmentState},
    },
};

use crate::{
    code, on_both,
    setup::Setup,
    soft::{Machine, enrolment_token, tenant, token},
};

on_both!(
    known_hardware_waits_and_the_old_key_works_until_it_consents,
    an_admin_confirms_new_keys,
    a_newer_claim_takes_the_place_of_an_older_one,
    a_token_for_one_workstation_replaces_its_keys_at_once_and_ends_a_quarantine,
    only_the_workstation_itself_consents,
    a_retired_workstation_s_hardware_enrols_anew,
);

const HARDWARE: &str = "4c4c4544-0042";

struct Place {
    caller: AdminCaller,
    tenant: TenantId,
    token: String,
    machine: Machine,
    is: Enrolment,
}

async fn place(setup: &Setup) -> Place {
    let caller = setup.msp().await;
    let tenant = tenant(setup, caller, "Bakery Lane").await;
    let token = enrolment_token(setup, caller, tenant, token()).await;
    let machine = Machine::new("W11-RECEPTION", HARDWARE);
    let is = machine.enrol(&setup.ctx, &token).await.unwrap().enrolment;
    Place { caller, tenant, token, machine, is }
}

fn agent(ctx: &Context, is: &Enrolment) -> WorkstationCaller {
    let (tenant, workstation) = (is.tenant_id, is.workstation_id);
    let scope = Scope::tenant(is.msp_id, tenant);
    WorkstationCaller { scope, tenant, workstation, token_issued_at: ctx.now() }
}

async fn known_hardware_waits_and_the_old_key_works_until_it_consents(setup: &Setup) {
    let ctx = &setup.ctx;
    let Place { token, machine, is, .. } = place(setup).await;
    let new = Machine::new("W11-REBUILT", HARDWARE);
    let waits = new.enrol(ctx, &token).await.unwrap().enrolment;
    assert_eq!(waits.state, EnrolmentState::AwaitsReplacement);
    assert_eq!(waits.workstation_id, is.workstation_id);
    let refused = new.authenticate(ctx, &waits, 1, 1).await;
    assert_eq!(code(refused), ProblemCode::InvalidAssertion);
    machine.authenticate(ctx, &is, 1, 1).await.unwrap();

    let seen = own::own(ctx, agent(ctx, &is)).await.unwrap().replacement.unwrap();
    assert_eq!((Some(seen.id), seen.key_thumbprint), (waits.replacement_id, new.jkt()));
    enrolment::consent(ctx, agent(ctx, &is), seen.id).await.unwrap();
    let again = enrolment::consent(ctx, agent(ctx, &is), seen.id).await;
    assert_eq!(code(again), ProblemCode::NotFound);

    let refused = machine.authenticate(ctx, &is, 2, 2).await;
    assert_eq!(code(refused), ProblemCode::InvalidAssertion);
    let told = new.enrol(ctx, &token).await.unwrap();
    assert_eq!((told.anew, told.enrolment.state), (false, EnrolmentState::Active));
    assert_eq!(new.authenticate(ctx, &told.enrolment, 1, 1).await.unwrap().counter, 2);
}

async fn an_admin_confirms_new_keys(setup: &Setup) {
    let ctx = &setup.ctx;
    let Place { caller, token, is, .. } = place(setup).await;
    let confirm =
        async |key: &str| workstations::confirm(ctx, caller, is.workstation_id, key).await;
    let new = Machine::new("W11-REBUILT", HARDWARE);
    assert_eq!(code(confirm(&new.jkt()).await), ProblemCode::Conflict, "nothing waits");
    let compared = Machine::new("W11-REBUILT", HARDWARE);
    compared.enrol(ctx, &token).await.unwrap();
    let waits = new.enrol(ctx, &token).await.unwrap().enrolment;
    assert_eq!(code(confirm(&compared.jkt()).await), ProblemCode::Conflict, "others came since");
    let confirmed = confirm(&new.jkt()).await.unwrap();
    assert_eq!(confirmed.key_thumbprint, new.jkt());
    assert_eq!(confirmed.facts.host_name, "W11-REBUILT");
    assert!(confirmed.replacement.is_none());
    new.authenticate(ctx, &waits, 1, 1).await.unwrap();
    assert!(
        setup
            .told(is.workstation_id)
            .await
            .contains(&"the keys of W11-REBUILT were replaced".to_owned())
    );
}

async fn a_newer_claim_takes_the_place_of_an_older_one(setup: &Setup) {
    let ctx = &setup.ctx;
    let Place { token, is, .. } = place(setup).await;
    let (first, second) = (Machine::new("W11-A", HARDWARE), Machine::new("W11-B", HARDWARE));
    let waits = first.enrol(ctx, &token).await.unwrap().enrolment;
    let again = first.enrol(ctx, &token).await.unwrap();
    assert_eq!((again.anew, again.enrolment.replacement_id), (false, waits.replacement_id));
    second.enrol(ctx, &token).await.unwrap();
    let superseded = first.enrol(ctx, &token).await.err().unwrap().refusal();
    assert_eq!(superseded.problem.state.as_deref(), Some("superseded"));
    let refused = enrolment::consent(ctx, agent(ctx, &is), waits.replacement_id.unwrap()).await;
    assert_eq!(code(refused), ProblemCode::NotFound);
}

async fn a_token_for_one_workstation_replaces_its_keys_at_once_and_ends_a_quarantine(
    setup: &Setup,
) {
    let ctx = &setup.ctx;
    let Place { caller, tenant, token: shared, machine, is } = place(setup).await;
    machine.authenticate(ctx, &is, 1, 1).await.unwrap();
    assert_eq!(code(machine.authenticate(ctx, &is, 0, 2).await), ProblemCode::Quarantined);
    Machine::new("W11-CLAIMS", HARDWARE).enrol(ctx, &shared).await.unwrap();
    let asked = CreateEnrolmentToken { workstation_id: Some(is.workstation_id), ..token() };
    let for_one = enrolment_token(setup, caller, tenant, asked).await;
    let new = Machine::new("W11-REBUILT", "another-mainboard");
    let made = new.enrol(ctx, &for_one).await.unwrap().enrolment;
    assert_eq!((made.workstation_id, made.state), (is.workstation_id, EnrolmentState::Active));
    assert_eq!(new.authenticate(ctx, &made, 1, 1).await.unwrap().counter, 2);
    let shown = workstations::one(ctx, caller, is.workstation_id).await.unwrap();
    assert!(shown.replacement.is_none(), "the claim that waited is superseded");
}

async fn only_the_workstation_itself_consents(setup: &Setup) {
    let ctx = &setup.ctx;
    let Place { token, .. } = place(setup).await;
    let other = Machine::new("W11-OTHER", "11111111");
    let other_is = other.enrol(ctx, &token).await.unwrap().enrolment;
    let waits = Machine::new("W11-REBUILT", HARDWARE).enrol(ctx, &token).await.unwrap().enrolment;
    let replacement = waits.replacement_id.unwrap();
    let refused = enrolment::consent(ctx, agent(ctx, &other_is), replacement).await;
    assert_eq!(code(refused), ProblemCode::NotFound);
    let elsewhere = place(setup).await;
    let refused = enrolment::consent(ctx, agent(ctx, &elsewhere.is), replacement).await;
    assert_eq!(code(refused), ProblemCode::NotFound);
}

async fn a_retired_workstation_s_hardware_enrols_anew(setup: &Setup) {
    let ctx = &setup.ctx;
    let Place { caller, token, is, machine, .. } = place(setup).await;
    let claim = Machine::new("W11-CLAIMS", HARDWARE);
    claim.enrol(ctx, &token).await.unwrap();
    workstations::retire(ctx, caller, is.workstation_id).await.unwrap();
    assert_eq!(code(machine.authenticate(ctx, &is, 1, 1).await), ProblemCode::InvalidAssertion);
    let rejected = claim.enrol(ctx, &token).await.err().unwrap().refusal();
    assert_eq!(rejected.problem.state.as_deref(), Some("rejected"));
    assert_eq!(code(machine.enrol(ctx, &token).await), ProblemCode::Conflict);
    let new = Machine::new("W11-REBUILT", HARDWARE).enrol(ctx, &token).await.unwrap();
    assert_ne!(new.enrolment.workstation_id, is.workstation_id);
}
