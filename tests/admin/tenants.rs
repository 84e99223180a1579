use countersign::flows::admin::tenants;
use countersign_protocol::{
    ProblemCode,
    wire::admin::{CreateTenant, TenantSettings},
};

use crate::{
    code, on_both,
    setup::{ALL, Setup},
};

on_both!(
    a_tenant_reads_back_as_it_was_made,
    a_name_is_given_once_in_an_msp_and_again_in_another,
    settings_are_replaced_as_a_whole,
    another_msp_s_tenant_does_not_exist,
);

pub fn bakery() -> CreateTenant {
    CreateTenant { name: "Bakery Lane".to_owned(), settings: TenantSettings::default() }
}

fn strict() -> TenantSettings {
    TenantSettings {
        code_digits: Some(8),
        login_lifetime_s: Some(60),
        refuse_other_network: true,
        ..TenantSettings::default()
    }
}

async fn a_tenant_reads_back_as_it_was_made(setup: &Setup) {
    let caller = setup.msp().await;
    let asked = CreateTenant { settings: strict(), ..bakery() };
    let made = tenants::create(&setup.ctx, caller, asked).await.unwrap();
    assert_eq!((&made.settings, made.version), (&strict(), 1));
    assert_eq!(tenants::one(&setup.ctx, caller, made.id).await.unwrap(), made);
    assert_eq!(
        tenants::list(&setup.ctx, caller, ALL).await.unwrap().items,
        std::slice::from_ref(&made)
    );
    let told = setup.events().await;
    let event = told.iter().find(|event| event.tenant == Some(made.id)).unwrap();
    assert_eq!(event.sentence, "Bakery Lane was made a tenant");
    assert_eq!(event.actor, caller.actor());
}

async fn a_name_is_given_once_in_an_msp_and_again_in_another(setup: &Setup) {
    let (caller, other) = (setup.msp().await, setup.msp().await);
    tenants::create(&setup.ctx, caller, bakery()).await.unwrap();
    let again = tenants::create(&setup.ctx, caller, bakery()).await;
    assert_eq!(code(again), ProblemCode::AlreadyExists);
    tenants::create(&setup.ctx, other, bakery()).await.unwrap();
}

async fn settings_are_replaced_as_a_whole(setup: &Setup) {
    let caller = setup.msp().await;
    let id = tenants::create(&setup.ctx, caller, bakery()).await.unwrap().id;
    let set = async |settings| tenants::set_settings(&setup.ctx, caller, id, settings).await;
    assert_eq!(set(strict()).await.unwrap().version, 2);
    assert_eq!(set(strict()).await.unwrap().version, 2, "nothing changed");
    let fewer = TenantSettings { code_digits: Some(7), ..TenantSettings::default() };
    let changed = set(fewer.clone()).await.unwrap();
    assert_eq!((changed.settings, changed.version), (fewer, 3));
    let wrong = TenantSettings { code_digits: Some(4), ..TenantSettings::default() };
    assert_eq!(code(set(wrong).await), ProblemCode::InvalidRequest);
    assert_eq!(setup.told(id).await.len(), 3);
}

async fn another_msp_s_tenant_does_not_exist(setup: &Setup) {
    let (caller, other) = (setup.msp().await, setup.msp().await);
    let id = tenants::create(&setup.ctx, other, bakery()).await.unwrap().id;
    assert_eq!(code(tenants::one(&setup.ctx, caller, id).await), ProblemCode::NotFound);
    let set = tenants::set_settings(&setup.ctx, caller, id, strict()).await;
    assert_eq!(code(set), ProblemCode::NotFound);
    assert!(tenants::list(&setup.ctx, caller, ALL).await.unwrap().items.is_empty());
}
