use countersign::flows::admin::workstations;
use countersign_protocol::{ProblemCode, wire::Status};

use crate::{
    code, on_both,
    setup::{ALL, Setup, noon},
    soft::{Machine, enrolment_token, tenant, token},
};

on_both!(
    a_workstation_s_status_goes_its_ways_and_no_others,
    another_msp_s_workstation_does_not_exist,
);

async fn a_workstation_s_status_goes_its_ways_and_no_others(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let bakery = tenant(setup, caller, "Bakery Lane").await;
    let token = enrolment_token(setup, caller, bakery, token()).await;
    let machine = Machine::new("W11-RECEPTION", "4c4c4544-0042");
    let is = machine.enrol(ctx, &token).await.unwrap().enrolment;
    let id = is.workstation_id;
    let suspended = workstations::suspend(ctx, caller, id).await.unwrap();
    assert_eq!((suspended.status, suspended.version), (Status::Suspended, 2));
    assert_eq!(code(workstations::suspend(ctx, caller, id).await), ProblemCode::Conflict);
    assert_eq!(code(machine.authenticate(ctx, &is, 1, 1).await), ProblemCode::InvalidAssertion);
    assert_eq!(code(workstations::release(ctx, caller, id).await), ProblemCode::Conflict);
    workstations::resume(ctx, caller, id).await.unwrap();
    machine.authenticate(ctx, &is, 1, 2).await.unwrap();
    let freeze = format!("UPDATE workstations SET push_frozen_at = {}", setup.at(noon()));
    setup.execute(&freeze, &[]).await;
    assert!(workstations::one(ctx, caller, id).await.unwrap().push_frozen_at.is_some());
    let unfrozen = workstations::unfreeze(ctx, caller, id).await.unwrap();
    assert!(unfrozen.push_frozen_at.is_none());
    assert_eq!(code(workstations::unfreeze(ctx, caller, id).await), ProblemCode::Conflict);
    let retired = workstations::retire(ctx, caller, id).await.unwrap();
    assert_eq!((retired.status, retired.version), (Status::Retired, 6));
    for refused in [
        workstations::confirm(ctx, caller, id, &machine.jkt()).await,
        workstations::suspend(ctx, caller, id).await,
        workstations::resume(ctx, caller, id).await,
        workstations::release(ctx, caller, id).await,
        workstations::retire(ctx, caller, id).await,
    ] {
        let refusal = refused.err().unwrap().refusal();
        assert_eq!(refusal.problem.state.as_deref(), Some("retired"));
    }
}

async fn another_msp_s_workstation_does_not_exist(setup: &Setup) {
    let ctx = &setup.ctx;
    let (caller, other) = (setup.msp().await, setup.msp().await);
    let bakery = tenant(setup, caller, "Bakery Lane").await;
    let token = enrolment_token(setup, caller, bakery, token()).await;
    let machine = Machine::new("W11-RECEPTION", "4c4c4544-0042");
    let id = machine.enrol(ctx, &token).await.unwrap().enrolment.workstation_id;
    for refused in [
        workstations::one(ctx, other, id).await,
        workstations::confirm(ctx, other, id, &machine.jkt()).await,
        workstations::suspend(ctx, other, id).await,
        workstations::resume(ctx, other, id).await,
        workstations::release(ctx, other, id).await,
        workstations::retire(ctx, other, id).await,
        workstations::unfreeze(ctx, other, id).await,
    ] {
        assert_eq!(code(refused), ProblemCode::NotFound);
    }
    let refused = workstations::list(ctx, other, bakery, ALL).await;
    assert_eq!(code(refused), ProblemCode::NotFound);
    let listed = workstations::list(ctx, caller, bakery, ALL).await.unwrap().items;
    assert_eq!(listed.len(), 1);
}
