use std::time::Duration;

use countersign::flows::{admin::workstations, tokens};
use countersign_protocol::{
    ProblemCode,
    wire::{Status, desktop::Enrolment},
};
use futures_util::future::join_all;

use crate::{
    code, on_both,
    setup::Setup,
    soft::{Machine, enrolment_token, tenant, token},
};

on_both!(
    a_counter_goes_on_and_a_lost_answer_is_given_again,
    a_stale_counter_quarantines,
    an_assertion_is_used_once_and_by_its_own_key,
    parallel_retries_of_one_image_all_get_the_same_counter,
    of_two_images_with_the_same_counter_one_is_served_and_both_stop,
    a_released_workstation_is_synchronised_by_its_next_assertion,
);

async fn machine(setup: &Setup) -> (Machine, Enrolment) {
    let caller = setup.msp().await;
    let bakery = tenant(setup, caller, "Bakery Lane").await;
    let token = enrolment_token(setup, caller, bakery, token()).await;
    let machine = Machine::new("W11-RECEPTION", "4c4c4544-0042");
    let enrolment = machine.enrol(&setup.ctx, &token).await.unwrap().enrolment;
    (machine, enrolment)
}

async fn a_counter_goes_on_and_a_lost_answer_is_given_again(setup: &Setup) {
    let ctx = &setup.ctx;
    let (machine, is) = machine(setup).await;
    for (ctr, rid, next) in [(1, 1, 2), (1, 1, 2), (2, 2, 3), (2, 2, 3), (3, 3, 4)] {
        let given = machine.authenticate(ctx, &is, ctr, rid).await.unwrap();
        assert_eq!(given.counter, next);
    }
    let told = setup.told(is.workstation_id).await;
    assert_eq!(told.iter().filter(|told| *told == "W11-RECEPTION authenticated").count(), 3);
}

async fn a_stale_counter_quarantines(setup: &Setup) {
    let ctx = &setup.ctx;
    let (machine, is) = machine(setup).await;
    machine.authenticate(ctx, &is, 1, 1).await.unwrap();
    let clone = machine.authenticate(ctx, &is, 1, 9).await;
    assert_eq!(code(clone), ProblemCode::Quarantined);
    let original = machine.authenticate(ctx, &is, 2, 2).await;
    assert_eq!(code(original), ProblemCode::Quarantined);
    let told = setup.told(is.workstation_id).await;
    let sentence = "W11-RECEPTION was quarantined: its counter is stale, there may be a copy of it";
    assert_eq!(told.iter().filter(|told| *told == sentence).count(), 1);
}

async fn an_assertion_is_used_once_and_by_its_own_key(setup: &Setup) {
    let ctx = &setup.ctx;
    let (machine, is) = machine(setup).await;
    let request = machine.assertion(ctx, &is, 1, 1);
    let other = Machine::new("W11-OTHER", "11111111");
    let refused = tokens::authenticate(ctx, &other.jkt(), &request).await;
    assert_eq!(code(refused), ProblemCode::InvalidAssertion);
    tokens::authenticate(ctx, &machine.jkt(), &request).await.unwrap();
    let replayed = tokens::authenticate(ctx, &machine.jkt(), &request).await;
    assert_eq!(code(replayed), ProblemCode::InvalidAssertion);
    let late = machine.assertion(ctx, &is, 2, 2);
    setup.clock.advance(Duration::from_secs(70));
    let refused = tokens::authenticate(ctx, &machine.jkt(), &late).await;
    assert_eq!(code(refused), ProblemCode::InvalidAssertion);
    let forged = other.authenticate(ctx, &is, 2, 2).await;
    assert_eq!(code(forged), ProblemCode::InvalidAssertion);
    assert_eq!(machine.authenticate(ctx, &is, 2, 2).await.unwrap().counter, 3);
}

async fn parallel_retries_of_one_image_all_get_the_same_counter(setup: &Setup) {
    let (machine, is) = machine(setup).await;
    let asked = (0..8).map(|_| machine.authenticate(&setup.ctx, &is, 1, 1));
    for answer in join_all(asked).await {
        assert_eq!(answer.unwrap().counter, 2);
    }
}

async fn of_two_images_with_the_same_counter_one_is_served_and_both_stop(setup: &Setup) {
    let ctx = &setup.ctx;
    let (machine, is) = machine(setup).await;
    let asked = [1, 2].map(|rid| machine.authenticate(ctx, &is, 1, rid));
    let answers = join_all(asked).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let refused = answers.into_iter().find(Result::is_err).unwrap();
    assert_eq!(code(refused), ProblemCode::Quarantined);
    assert_eq!(code(machine.authenticate(ctx, &is, 2, 3).await), ProblemCode::Quarantined);
}

async fn a_released_workstation_is_synchronised_by_its_next_assertion(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let bakery = tenant(setup, caller, "Bakery Lane").await;
    let token = enrolment_token(setup, caller, bakery, token()).await;
    let machine = Machine::new("W11-RECEPTION", "4c4c4544-0042");
    let is = machine.enrol(ctx, &token).await.unwrap().enrolment;
    let release = async || workstations::release(ctx, caller, is.workstation_id).await;
    assert_eq!(code(release().await), ProblemCode::Conflict);
    assert_eq!(code(machine.authenticate(ctx, &is, 0, 1).await), ProblemCode::Quarantined);
    let resumed = workstations::resume(ctx, caller, is.workstation_id).await;
    assert_eq!(code(resumed), ProblemCode::Conflict);
    assert_eq!(release().await.unwrap().status, Status::Active);
    assert_eq!(machine.authenticate(ctx, &is, 41, 2).await.unwrap().counter, 42);
    assert_eq!(machine.authenticate(ctx, &is, 42, 3).await.unwrap().counter, 43);
    assert_eq!(code(machine.authenticate(ctx, &is, 41, 4).await), ProblemCode::Quarantined);
}
