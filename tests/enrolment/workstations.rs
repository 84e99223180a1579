use std::time::Duration;

use countersign::flows::{
    admin::{enrolment_tokens, workstations},
    enrolment,
};
use countersign_protocol::{
    ProblemCode,
    wire::{admin::CreateEnrolmentToken, desktop::EnrolmentState},
};
use futures_util::future::join_all;

use crate::{
    code, on_both,
    setup::{ALL, Setup},
    soft::{Machine, enrolment_token, tenant, token},
};

on_both!(
    an_enrolment_asked_again_uses_nothing_up,
    a_workstation_waits_for_confirmation_where_the_token_says_so,
    every_enrolment_token_that_is_not_valid_is_refused_alike,
    the_proof_is_by_the_signing_key_and_the_encryption_key_is_another,
    a_key_has_one_workstation,
    of_parallel_enrolments_each_use_is_counted_once,
);

async fn an_enrolment_asked_again_uses_nothing_up(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let bakery = tenant(setup, caller, "Bakery Lane").await;
    let token = enrolment_token(setup, caller, bakery, token()).await;
    let machine = Machine::new("W11-RECEPTION", "4c4c4544-0042");
    let first = machine.enrol(ctx, &token).await.unwrap();
    assert!(first.anew);
    assert_eq!((first.enrolment.counter, first.enrolment.state), (1, EnrolmentState::Active));
    assert_eq!(first.enrolment.installation_keys.len(), 1);
    machine.authenticate(ctx, &first.enrolment, 1, 1).await.unwrap();
    setup.clock.advance(Duration::from_secs(7200));
    let again = machine.enrol(ctx, &token).await.unwrap();
    assert!(!again.anew);
    assert_eq!(again.enrolment.workstation_id, first.enrolment.workstation_id);
    assert_eq!(again.enrolment.counter, 1, "the present counter is told to nobody who only asks");
    let tokens = enrolment_tokens::list(ctx, caller, bakery, ALL).await.unwrap().items;
    assert_eq!(tokens[0].uses_left, 9);
}

async fn a_workstation_waits_for_confirmation_where_the_token_says_so(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let bakery = tenant(setup, caller, "Bakery Lane").await;
    let asked = CreateEnrolmentToken { auto_confirm: false, ..token() };
    let token = enrolment_token(setup, caller, bakery, asked).await;
    let machine = Machine::new("W11-RECEPTION", "4c4c4544-0042");
    let is = machine.enrol(ctx, &token).await.unwrap().enrolment;
    assert_eq!(is.state, EnrolmentState::AwaitsConfirmation);
    let early = machine.authenticate(ctx, &is, 1, 1).await;
    assert_eq!(code(early), ProblemCode::NotConfirmed);
    let confirm =
        async |key: &str| workstations::confirm(ctx, caller, is.workstation_id, key).await;
    let other = Machine::new("W11-RECEPTION", "4c4c4544-0043");
    assert_eq!(code(confirm(&other.jkt()).await), ProblemCode::Conflict, "another key");
    assert_eq!(code(machine.authenticate(ctx, &is, 1, 1).await), ProblemCode::NotConfirmed);
    confirm(&machine.jkt()).await.unwrap();
    assert_eq!(code(confirm(&machine.jkt()).await), ProblemCode::Conflict, "confirmed already");
    assert_eq!(machine.enrol(ctx, &token).await.unwrap().enrolment.state, EnrolmentState::Active);
    assert_eq!(machine.authenticate(ctx, &is, 1, 1).await.unwrap().counter, 2);
}

async fn every_enrolment_token_that_is_not_valid_is_refused_alike(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let bakery = tenant(setup, caller, "Bakery Lane").await;
    let once = CreateEnrolmentToken { uses: 1, ..token() };
    let used_up = enrolment_token(setup, caller, bakery, once).await;
    Machine::new("W11-OTHER", "11111111").enrol(ctx, &used_up).await.unwrap();
    let made = enrolment_tokens::create(ctx, caller, bakery, token()).await.unwrap();
    enrolment_tokens::revoke(ctx, caller, bakery, made.id).await.unwrap();
    let expired = enrolment_token(setup, caller, bakery, token()).await;
    setup.clock.advance(Duration::from_secs(3600));
    let valid = enrolment_token(setup, caller, bakery, token()).await;
    let unknown = valid.replace(&valid[20..24], "AAAA");
    let machine = Machine::new("W11-RECEPTION", "4c4c4544-0042");
    for shown in ["cs_enrol_", &unknown, &expired, &used_up, &made.token.unwrap()] {
        let refused = machine.enrol(ctx, shown).await;
        assert_eq!(code(refused), ProblemCode::InvalidEnrolmentToken, "{shown}");
    }
    machine.enrol(ctx, &valid).await.unwrap();
}

async fn the_proof_is_by_the_signing_key_and_the_encryption_key_is_another(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let bakery = tenant(setup, caller, "Bakery Lane").await;
    let token = enrolment_token(setup, caller, bakery, token()).await;
    let machine = Machine::new("W11-RECEPTION", "4c4c4544-0042");
    let other = Machine::new("W11-OTHER", "11111111").jkt();
    let refused = enrolment::enrol(ctx, &other, machine.request(&token)).await;
    assert_eq!(code(refused), ProblemCode::InvalidRequest);
    let mut same = machine.request(&token);
    same.encryption_key = same.signing_key.clone();
    let refused = enrolment::enrol(ctx, &machine.jkt(), same).await;
    assert_eq!(code(refused), ProblemCode::InvalidRequest);
}

async fn a_key_has_one_workstation(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let bakery = tenant(setup, caller, "Bakery Lane").await;
    let harbour = tenant(setup, caller, "Harbour Office").await;
    let here = enrolment_token(setup, caller, bakery, token()).await;
    let there = enrolment_token(setup, caller, harbour, token()).await;
    let machine = Machine::new("W11-RECEPTION", "4c4c4544-0042");
    machine.enrol(ctx, &here).await.unwrap();
    let refused = machine.enrol(ctx, &there).await;
    assert_eq!(code(refused), ProblemCode::AlreadyExists);
    let listed = enrolment_tokens::list(ctx, caller, harbour, ALL).await.unwrap().items;
    assert_eq!(listed[0].uses_left, 10);
}

async fn of_parallel_enrolments_each_use_is_counted_once(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let bakery = tenant(setup, caller, "Bakery Lane").await;
    let three = CreateEnrolmentToken { uses: 3, ..token() };
    let token = enrolment_token(setup, caller, bakery, three).await;
    let machines: Vec<_> = (0..6).map(|n| Machine::new("W11", &format!("hardware-{n}"))).collect();
    let asked = machines.iter().chain(&machines).map(|machine| machine.enrol(ctx, &token));
    let answers = join_all(asked).await;
    let anew = answers.iter().flatten().filter(|answer| answer.anew).count();
    assert_eq!(anew, 3);
    let refused = answers.into_iter().filter_map(Result::err);
    assert!(
        refused.map(|no| no.refusal().code()).all(|no| no == ProblemCode::InvalidEnrolmentToken)
    );
    let listed = workstations::list(ctx, caller, bakery, ALL).await.unwrap().items;
    assert_eq!(listed.len(), 3);
}
