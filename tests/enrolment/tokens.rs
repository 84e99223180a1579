use std::time::Duration;

use countersign::{
    flows::{DeviceCaller, admin::devices, devices as own, tokens},
    store::revocations,
};
use countersign_protocol::wire::Status;
use countersign_protocol::{
    ProblemCode,
    wire::mobile::{Enrolled, PushAddress, SetPushAddress},
};
use futures_util::future::join_all;

use crate::{
    code, on_both,
    setup::{ALL, Setup},
    soft::{Phone, nik, ticket},
};

on_both!(
    a_refresh_token_is_used_once_and_a_lost_answer_is_given_again,
    a_reused_refresh_token_ends_the_family_until_the_phone_signs_in,
    a_refresh_token_of_another_key_is_refused_and_ends_nothing,
    parallel_refreshes_all_get_the_same_successor,
    signing_in_needs_a_fresh_nonce_and_the_phone_s_own_passkey,
    a_suspended_phone_gets_nothing_and_a_resumed_one_a_token_that_lives,
    a_push_address_is_written_each_time_it_is_set,
);

async fn enrolled(setup: &Setup) -> (Phone, Enrolled) {
    let caller = setup.msp().await;
    let phone = Phone::new();
    let ticket = ticket(setup, caller, nik(setup, caller).await).await;
    let enrolled = phone.enrol(&setup.ctx, &ticket).await.unwrap();
    (phone, enrolled)
}

async fn a_refresh_token_is_used_once_and_a_lost_answer_is_given_again(setup: &Setup) {
    let ctx = &setup.ctx;
    let (phone, enrolled) = enrolled(setup).await;
    let second = phone.refresh(ctx, &enrolled.tokens).await.unwrap();
    assert_ne!(second.refresh_token, enrolled.tokens.refresh_token);
    setup.clock.advance(Duration::from_secs(59));
    let again = phone.refresh(ctx, &enrolled.tokens).await.unwrap();
    assert_eq!(again.refresh_token, second.refresh_token);
    phone.refresh(ctx, &second).await.unwrap();
    let told = setup.told(enrolled.device_id).await;
    assert_eq!(told.iter().filter(|told| told.ends_with("refreshed its tokens")).count(), 2);
}

async fn a_reused_refresh_token_ends_the_family_until_the_phone_signs_in(setup: &Setup) {
    let ctx = &setup.ctx;
    let (phone, enrolled) = enrolled(setup).await;
    let second = phone.refresh(ctx, &enrolled.tokens).await.unwrap();
    setup.clock.advance(Duration::from_secs(60));
    let late = phone.refresh(ctx, &enrolled.tokens).await;
    assert_eq!(code(late), ProblemCode::InvalidGrant);
    assert_eq!(code(phone.refresh(ctx, &second).await), ProblemCode::InvalidGrant);
    read_revocations(setup).await;
    assert!(is_dead(setup, &second.access_token));
    let request = phone.signed(ctx, enrolled.msp_id, enrolled.device_id).await.unwrap();
    let anew = tokens::finish_sign_in(ctx, &phone.jkt, request).await.unwrap();
    assert!(!is_dead(setup, &anew.access_token));
    phone.refresh(ctx, &anew).await.unwrap();
    assert_eq!(code(phone.refresh(ctx, &second).await), ProblemCode::InvalidGrant);
}

async fn read_revocations(setup: &Setup) {
    let mut across = setup.ctx.store.across().await.unwrap();
    let rows = revocations::since(&mut across, crate::setup::noon()).await.unwrap();
    setup.ctx.revoked.merge(rows, setup.ctx.now());
}

fn is_dead(setup: &Setup, access_token: &str) -> bool {
    use countersign::auth::Subject;
    let claims = setup.ctx.issuer.verify(access_token, setup.ctx.now()).unwrap();
    let Subject::Device { device, technician, .. } = claims.subject else { panic!() };
    setup.ctx.revoked.is_revoked(&[device.0, technician.0], claims.iat)
}

async fn a_refresh_token_of_another_key_is_refused_and_ends_nothing(setup: &Setup) {
    let ctx = &setup.ctx;
    let (phone, enrolled) = enrolled(setup).await;
    let second = phone.refresh(ctx, &enrolled.tokens).await.unwrap();
    setup.clock.advance(Duration::from_secs(3600));
    let thief = Phone::new();
    for stolen in [&enrolled.tokens, &second] {
        assert_eq!(code(thief.refresh(ctx, stolen).await), ProblemCode::InvalidGrant);
    }
    let mut forged = second.clone();
    let other = if &forged.refresh_token[20..21] == "x" { "y" } else { "x" };
    forged.refresh_token.replace_range(20..21, other);
    assert_eq!(code(phone.refresh(ctx, &forged).await), ProblemCode::InvalidGrant);
    phone.refresh(ctx, &second).await.unwrap();
}

async fn parallel_refreshes_all_get_the_same_successor(setup: &Setup) {
    let (phone, enrolled) = enrolled(setup).await;
    let refreshes = (0..8).map(|_| phone.refresh(&setup.ctx, &enrolled.tokens));
    let mut successors: Vec<_> =
        join_all(refreshes).await.into_iter().map(|pair| pair.unwrap().refresh_token).collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
}

async fn signing_in_needs_a_fresh_nonce_and_the_phone_s_own_passkey(setup: &Setup) {
    let ctx = &setup.ctx;
    let (phone, enrolled) = enrolled(setup).await;
    let sign_in = async |request| tokens::finish_sign_in(ctx, &phone.jkt, request).await;

    let stranger = Phone { jkt: phone.jkt.clone(), passkey: Phone::new().passkey };
    let forged = stranger.signed(ctx, enrolled.msp_id, enrolled.device_id).await.unwrap();
    assert_eq!(code(sign_in(forged).await), ProblemCode::InvalidCredential);
    let other_key = Phone::new().signed(ctx, enrolled.msp_id, enrolled.device_id).await;
    assert_eq!(code(other_key), ProblemCode::InvalidGrant);

    let request = phone.signed(ctx, enrolled.msp_id, enrolled.device_id).await.unwrap();
    sign_in(request.clone()).await.unwrap();
    assert_eq!(code(sign_in(request).await), ProblemCode::InvalidGrant);
    let late = phone.signed(ctx, enrolled.msp_id, enrolled.device_id).await.unwrap();
    setup.clock.advance(Duration::from_secs(120));
    assert_eq!(code(sign_in(late).await), ProblemCode::InvalidGrant);
}

async fn a_suspended_phone_gets_nothing_and_a_resumed_one_a_token_that_lives(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let phone = Phone::new();
    let technician = nik(setup, caller).await;
    let enrolled = phone.enrol(ctx, &ticket(setup, caller, technician).await).await.unwrap();
    let device = enrolled.device_id;
    let suspended = devices::suspend(ctx, caller, device).await.unwrap();
    assert_eq!((suspended.status, suspended.version), (Status::Suspended, 2));
    assert_eq!(code(devices::suspend(ctx, caller, device).await), ProblemCode::Conflict);
    let other = setup.msp().await;
    assert_eq!(code(devices::suspend(ctx, other, device).await), ProblemCode::NotFound);
    assert_eq!(code(devices::one(ctx, other, device).await), ProblemCode::NotFound);
    assert_eq!(code(devices::list(ctx, other, technician, ALL).await), ProblemCode::NotFound);
    assert_eq!(code(phone.refresh(ctx, &enrolled.tokens).await), ProblemCode::InvalidGrant);
    assert_eq!(
        code(phone.signed(ctx, enrolled.msp_id, enrolled.device_id).await),
        ProblemCode::InvalidGrant
    );
    read_revocations(setup).await;
    assert!(is_dead(setup, &enrolled.tokens.access_token));
    devices::resume(ctx, caller, device).await.unwrap();
    let second = phone.refresh(ctx, &enrolled.tokens).await.unwrap();
    assert!(!is_dead(setup, &second.access_token));
    // A second suspension in the same second ends that token too.
    devices::suspend(ctx, caller, device).await.unwrap();
    read_revocations(setup).await;
    assert!(is_dead(setup, &second.access_token));
    let listed = devices::list(ctx, caller, technician, ALL).await.unwrap().items;
    assert_eq!((listed.len(), listed[0].version), (1, 5));
}

async fn a_push_address_is_written_each_time_it_is_set(setup: &Setup) {
    let ctx = &setup.ctx;
    let (_, enrolled) = enrolled(setup).await;
    let scope = countersign::store::Scope::msp(enrolled.msp_id);
    let (technician, device) = (enrolled.technician_id, enrolled.device_id);
    let token_issued_at = ctx.now();
    let caller = DeviceCaller { scope, technician, device, token_issued_at };
    let apns = PushAddress::Apns { token: "ab".repeat(32), sandbox: false };
    for push in [Some(apns.clone()), Some(apns), None] {
        own::set_push_address(ctx, caller, SetPushAddress { push, language: None }).await.unwrap();
    }
    assert_eq!(
        setup.told(device).await,
        [
            "Nik's Pixel is no longer told to look",
            "Nik's Pixel is told to look by apns",
            "Nik's Pixel is told to look by apns",
            "a device ticket for nik@example.com was made",
            "a phone began to enrol for nik@example.com",
            "nik@example.com enrolled Nik's Pixel (Pixel 11)",
            "the device ticket of nik@example.com was used",
        ]
    );
    let listed = own::own(ctx, caller).await.unwrap().devices;
    assert_eq!((listed.len(), listed[0].this, listed[0].id), (1, true, device));
}
