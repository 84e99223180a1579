use std::time::Duration;

use countersign::{
    flows::admin::{delegations, tenants},
    store::logins,
};
use countersign_protocol::{ProblemCode, wire::LoginState};

use crate::{
    code, on_both,
    setup::{ALL, Setup, noon},
    technicians::{pending_login, technician},
    tenants::bakery,
};

on_both!(
    a_delegation_is_made_once_and_begins_anew_after_it_ended,
    the_end_of_a_delegation_ends_logins_there_and_nowhere_else,
    of_many_who_delegate_at_once_one_makes_it,
    a_technician_of_another_msp_can_not_be_delegated,
);

async fn a_delegation_is_made_once_and_begins_anew_after_it_ended(setup: &Setup) {
    let caller = setup.msp().await;
    let tenant = tenants::create(&setup.ctx, caller, bakery()).await.unwrap().id;
    let nik = technician(setup, caller, "nik").await.id;
    let make = async || delegations::make(&setup.ctx, caller, tenant, nik).await.unwrap();
    let end = async || delegations::end(&setup.ctx, caller, tenant, nik).await;
    let listed = async || delegations::list(&setup.ctx, caller, tenant, ALL).await.unwrap().items;

    assert_eq!(code(end().await), ProblemCode::NotFound);
    assert!(make().await.anew);
    setup.clock.advance(Duration::from_secs(60));
    let again = make().await;
    assert_eq!((again.anew, again.delegation.created_at), (false, noon()));
    assert_eq!(listed().await, [again.delegation]);
    end().await.unwrap();
    end().await.unwrap();
    assert_eq!(listed().await, []);
    let anew = make().await;
    assert!(anew.anew);
    assert_eq!(anew.delegation.created_at, noon() + Duration::from_secs(60));
    assert_eq!(listed().await, [anew.delegation]);

    let events = setup.events().await.into_iter();
    let mut versions: Vec<_> = events
        .filter(|event| event.tenant == Some(tenant) && event.entity.id() == nik.0)
        .map(|event| event.version)
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 3]);
}

async fn the_end_of_a_delegation_ends_logins_there_and_nowhere_else(setup: &Setup) {
    let caller = setup.msp().await;
    let here = tenants::create(&setup.ctx, caller, bakery()).await.unwrap().id;
    let mut harbour = bakery();
    harbour.name = "Harbour Office".to_owned();
    let there = tenants::create(&setup.ctx, caller, harbour).await.unwrap().id;
    let nik = technician(setup, caller, "nik").await.id;
    delegations::make(&setup.ctx, caller, here, nik).await.unwrap();
    let (w_here, l_here) = pending_login(setup, caller, here, nik).await;
    let (w_there, l_there) = pending_login(setup, caller, there, nik).await;
    delegations::end(&setup.ctx, caller, here, nik).await.unwrap();
    let mut conn = setup.ctx.store.within(caller.scope).await.unwrap();
    let ended = logins::view(&mut conn, l_here, w_here).await.unwrap().unwrap();
    let stands = logins::view(&mut conn, l_there, w_there).await.unwrap().unwrap();
    assert_eq!(
        (ended.standing.state, stands.standing.state),
        (LoginState::Cancelled, LoginState::Pending)
    );
}

async fn of_many_who_delegate_at_once_one_makes_it(setup: &Setup) {
    let caller = setup.msp().await;
    let tenant = tenants::create(&setup.ctx, caller, bakery()).await.unwrap().id;
    let nik = technician(setup, caller, "nik").await.id;
    let make = || delegations::make(&setup.ctx, caller, tenant, nik);
    let made = futures_util::future::join_all((0..8).map(|_| make())).await;
    let anew = made.into_iter().filter(|made| made.as_ref().unwrap().anew).count();
    assert_eq!(anew, 1);
    assert_eq!(setup.told(nik).await.len(), 2);
}

async fn a_technician_of_another_msp_can_not_be_delegated(setup: &Setup) {
    let (caller, other) = (setup.msp().await, setup.msp().await);
    let tenant = tenants::create(&setup.ctx, caller, bakery()).await.unwrap().id;
    let theirs = technician(setup, other, "nik").await.id;
    let refused = delegations::make(&setup.ctx, caller, tenant, theirs).await;
    assert_eq!(code(refused), ProblemCode::NotFound);
    let refused = delegations::make(&setup.ctx, other, tenant, theirs).await;
    assert_eq!(code(refused), ProblemCode::NotFound);
    let refused = delegations::list(&setup.ctx, other, tenant, ALL).await;
    assert_eq!(code(refused), ProblemCode::NotFound);
}
