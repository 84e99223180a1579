use std::time::Duration;

use countersign::{
    domain::{Entity, Fact},
    flows::{admin::technicians, enrolment, tokens},
};
use countersign_protocol::{
    DeviceId, ProblemCode,
    wire::mobile::{PushAddress, StartEnrolment},
};
use futures_util::future::join_all;

use crate::{
    code, on_both,
    setup::Setup,
    soft::{Phone, nik, ticket},
};

on_both!(
    a_ticket_binds_to_the_first_key_and_is_used_up_by_it,
    a_phone_that_got_no_answer_signs_in,
    of_parallel_finishes_one_wins,
    of_two_keys_that_start_at_once_one_is_bound,
    every_ticket_that_is_not_valid_is_refused_alike,
    a_phone_is_enrolled_with_its_public_key_in_the_log,
    a_key_or_credential_that_is_known_is_refused_and_the_ticket_lives,
    a_push_address_of_another_form_is_refused,
);

async fn a_ticket_binds_to_the_first_key_and_is_used_up_by_it(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let ticket = ticket(setup, caller, nik(setup, caller).await).await;
    let (phone, other) = (Phone::new(), Phone::new());
    let start = StartEnrolment { ticket: ticket.clone() };
    let first = enrolment::start(ctx, &phone.jkt, &start).await.unwrap();
    let again = enrolment::start(ctx, &phone.jkt, &start).await.unwrap();
    assert_eq!((first.nonce, &first.public_key), (again.nonce, &again.public_key));
    assert_eq!(code(other.enrol(ctx, &ticket).await), ProblemCode::InvalidTicket);
    let request = phone.started(ctx, &ticket).await.unwrap();
    let stolen = enrolment::finish(ctx, &other.jkt, request.clone()).await;
    assert_eq!(code(stolen), ProblemCode::InvalidTicket);
    enrolment::finish(ctx, &phone.jkt, request.clone()).await.unwrap();
    let reused = enrolment::finish(ctx, &phone.jkt, request).await;
    assert_eq!(code(reused), ProblemCode::InvalidTicket);
    assert_eq!(
        setup.told(first.ticket_id).await,
        [
            "a device ticket for nik@example.com was made",
            "a phone began to enrol for nik@example.com",
            "nik@example.com enrolled Nik's Pixel (Pixel 11)",
            "the device ticket of nik@example.com was used",
        ]
    );
}

async fn a_phone_that_got_no_answer_signs_in(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let ticket = ticket(setup, caller, nik(setup, caller).await).await;
    let phone = Phone::new();
    let request = phone.started(ctx, &ticket).await.unwrap();
    let start = StartEnrolment { ticket };
    let known = enrolment::start(ctx, &phone.jkt, &start).await.unwrap();
    enrolment::finish(ctx, &phone.jkt, request).await.unwrap();
    let device = DeviceId::from(uuid::Uuid::from(known.ticket_id));
    let request = phone.signed(ctx, known.msp.id, device).await.unwrap();
    tokens::finish_sign_in(ctx, &phone.jkt, request).await.unwrap();
}

async fn of_parallel_finishes_one_wins(setup: &Setup) {
    let caller = setup.msp().await;
    let ticket = ticket(setup, caller, nik(setup, caller).await).await;
    let phone = Phone::new();
    let request = phone.started(&setup.ctx, &ticket).await.unwrap();
    let finishes = (0..10).map(|_| enrolment::finish(&setup.ctx, &phone.jkt, request.clone()));
    let (won, lost): (Vec<_>, Vec<_>) =
        join_all(finishes).await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.into_iter().all(|lost| code(lost) == ProblemCode::InvalidTicket));
}

async fn of_two_keys_that_start_at_once_one_is_bound(setup: &Setup) {
    let caller = setup.msp().await;
    let ticket = ticket(setup, caller, nik(setup, caller).await).await;
    let phones: Vec<_> = (0..6).map(|_| Phone::new()).collect();
    let starts = phones.iter().map(|phone| phone.started(&setup.ctx, &ticket));
    let started = join_all(starts).await;
    assert_eq!(started.iter().filter(|started| started.is_ok()).count(), 1);
}

async fn every_ticket_that_is_not_valid_is_refused_alike(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let technician = nik(setup, caller).await;
    let phone = Phone::new();
    let expired = ticket(setup, caller, technician).await;
    setup.clock.advance(Duration::from_secs(600));
    let valid = ticket(setup, caller, technician).await;
    let unknown = valid.replace(&valid[20..24], "AAAA");
    let suspended = valid.clone();
    for shown in ["", "cs_ticket_", &unknown, &expired] {
        assert_eq!(code(phone.enrol(ctx, shown).await), ProblemCode::InvalidTicket, "{shown}");
    }
    let request = phone.started(ctx, &valid).await.unwrap();
    technicians::suspend(ctx, caller, technician).await.unwrap();
    assert_eq!(code(phone.enrol(ctx, &suspended).await), ProblemCode::InvalidTicket);
    let finished = enrolment::finish(ctx, &phone.jkt, request).await;
    assert_eq!(code(finished), ProblemCode::InvalidTicket);
}

async fn a_phone_is_enrolled_with_its_public_key_in_the_log(setup: &Setup) {
    let caller = setup.msp().await;
    let ticket = ticket(setup, caller, nik(setup, caller).await).await;
    let phone = Phone::new();
    let enrolled = phone.enrol(&setup.ctx, &ticket).await.unwrap();
    let token = &enrolled.tokens.access_token;
    assert_eq!(setup.ctx.issuer.verify(token, setup.ctx.now()).unwrap().jkt, phone.jkt);
    let event = setup
        .events()
        .await
        .into_iter()
        .find(|event| event.entity == Entity::Device(enrolled.device_id))
        .unwrap();
    assert_eq!(event.sentence, "nik@example.com enrolled Nik's Pixel (Pixel 11)");
    let Fact::DeviceEnrolled { jkt, public_key, .. } = event.fact else { panic!() };
    assert_eq!(jkt, phone.jkt);
    assert!(public_key.is_object(), "{public_key}");
}

async fn a_key_or_credential_that_is_known_is_refused_and_the_ticket_lives(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let technician = nik(setup, caller).await;
    let phone = Phone::new();
    phone.enrol(ctx, &ticket(setup, caller, technician).await).await.unwrap();
    let second = ticket(setup, caller, technician).await;
    assert_eq!(code(phone.enrol(ctx, &second).await), ProblemCode::AlreadyExists);
    // The same key may still use it, with another passkey of another key: here, nothing was used up.
    let same_credential = Phone { jkt: phone.jkt.clone(), passkey: phone.passkey };
    assert_eq!(code(same_credential.enrol(ctx, &second).await), ProblemCode::AlreadyExists);
    let other_key = Phone { jkt: Phone::new().jkt, passkey: same_credential.passkey };
    let third = ticket(setup, caller, technician).await;
    assert_eq!(code(other_key.enrol(ctx, &third).await), ProblemCode::AlreadyExists);
    let fresh = Phone { jkt: other_key.jkt, passkey: Phone::new().passkey };
    fresh.enrol(ctx, &third).await.unwrap();
}

async fn a_push_address_of_another_form_is_refused(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let ticket = ticket(setup, caller, nik(setup, caller).await).await;
    let phone = Phone::new();
    let mut request = phone.started(ctx, &ticket).await.unwrap();
    request.push = Some(PushAddress::Apns { token: "no".to_owned(), sandbox: true });
    let refused = enrolment::finish(ctx, &phone.jkt, request.clone()).await;
    assert_eq!(code(refused), ProblemCode::InvalidRequest);
    request.push = Some(PushAddress::Apns { token: "ab".repeat(32), sandbox: true });
    enrolment::finish(ctx, &phone.jkt, request).await.unwrap();
}
