use countersign::flows::admin::{enrolment_tokens, tenants};
use countersign_protocol::{ProblemCode, wire::admin::CreateEnrolmentToken};

use crate::{
    code, on_both,
    setup::{ALL, Setup, noon},
    technicians::workstation,
    tenants::bakery,
};

on_both!(
    an_enrolment_token_is_shown_once_and_revoked_once,
    a_replacement_token_names_a_workstation_of_its_tenant,
    another_tenant_s_enrolment_token_does_not_exist,
);

fn ten_uses() -> CreateEnrolmentToken {
    CreateEnrolmentToken { uses: 10, expires_in: 3600, auto_confirm: false, workstation_id: None }
}

async fn an_enrolment_token_is_shown_once_and_revoked_once(setup: &Setup) {
    let caller = setup.msp().await;
    let tenant = tenants::create(&setup.ctx, caller, bakery()).await.unwrap().id;
    let made = enrolment_tokens::create(&setup.ctx, caller, tenant, ten_uses()).await.unwrap();
    assert!(made.token.unwrap().starts_with("cs_enrol_"));
    assert_eq!(made.expires_at, noon() + std::time::Duration::from_secs(3600));
    enrolment_tokens::revoke(&setup.ctx, caller, tenant, made.id).await.unwrap();
    enrolment_tokens::revoke(&setup.ctx, caller, tenant, made.id).await.unwrap();
    let listed = enrolment_tokens::list(&setup.ctx, caller, tenant, ALL).await.unwrap().items;
    assert_eq!((listed.len(), listed[0].uses_left, listed[0].revoked_at), (1, 10, Some(noon())));
    assert!(listed[0].token.is_none());
    assert_eq!(
        setup.told(made.id).await,
        [
            "an enrolment token of Bakery Lane was made",
            "an enrolment token of Bakery Lane was revoked"
        ]
    );
}

async fn a_replacement_token_names_a_workstation_of_its_tenant(setup: &Setup) {
    let caller = setup.msp().await;
    let tenant = tenants::create(&setup.ctx, caller, bakery()).await.unwrap().id;
    let mut harbour = bakery();
    harbour.name = "Harbour Office".to_owned();
    let other = tenants::create(&setup.ctx, caller, harbour).await.unwrap().id;
    let mine = workstation(setup, caller, tenant).await;
    let theirs = workstation(setup, caller, other).await;
    let for_one =
        |workstation| CreateEnrolmentToken { workstation_id: Some(workstation), ..ten_uses() };
    let made = enrolment_tokens::create(&setup.ctx, caller, tenant, for_one(mine)).await.unwrap();
    assert_eq!(made.workstation_id, Some(mine));
    let refused = enrolment_tokens::create(&setup.ctx, caller, tenant, for_one(theirs)).await;
    assert_eq!(code(refused), ProblemCode::InvalidRequest);
}

async fn another_tenant_s_enrolment_token_does_not_exist(setup: &Setup) {
    let (caller, other) = (setup.msp().await, setup.msp().await);
    let tenant = tenants::create(&setup.ctx, caller, bakery()).await.unwrap().id;
    let theirs = tenants::create(&setup.ctx, other, bakery()).await.unwrap().id;
    let made = enrolment_tokens::create(&setup.ctx, caller, tenant, ten_uses()).await.unwrap();
    let ctx = &setup.ctx;
    for refused in [
        enrolment_tokens::revoke(ctx, other, tenant, made.id).await,
        enrolment_tokens::revoke(ctx, other, theirs, made.id).await,
        enrolment_tokens::create(ctx, other, tenant, ten_uses()).await.map(drop),
        enrolment_tokens::list(ctx, other, tenant, ALL).await.map(drop),
    ] {
        assert_eq!(code(refused), ProblemCode::NotFound);
    }
}
