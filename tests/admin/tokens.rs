use countersign::{
    auth::AdminSecret,
    flows::admin::{authenticate, bootstrap, tokens},
};
use countersign_protocol::{AdminTokenId, MspId, ProblemCode, wire::admin::CreateAdminToken};
use uuid::Uuid;

use crate::{
    code, on_both,
    setup::{ALL, Setup},
};

on_both!(
    an_msp_begins_with_a_token_that_opens_it,
    a_token_that_is_unknown_wrong_or_of_another_msp_opens_nothing,
    a_revoked_token_is_dead_at_once,
    another_msp_s_token_can_not_be_seen_or_revoked,
);

fn named(name: &str) -> CreateAdminToken {
    CreateAdminToken { name: name.to_owned(), ..Default::default() }
}

async fn an_msp_begins_with_a_token_that_opens_it(setup: &Setup) {
    let (msp, secret) = bootstrap(&setup.ctx, "Acme IT", "msp-", "first").await.unwrap();
    let caller = authenticate(&setup.ctx, &secret.reveal()).await.unwrap();
    assert_eq!((caller.scope.msp, caller.token), (msp, secret.id()));
    assert_eq!(setup.told(msp).await, ["Acme IT was made an msp"]);
    assert_eq!(setup.told(caller.token).await, ["the admin token first was made"]);
    assert_eq!(
        code(bootstrap(&setup.ctx, "Acme\nIT", "msp-", "first").await),
        ProblemCode::InvalidRequest
    );
    assert_eq!(
        code(bootstrap(&setup.ctx, "Acme IT", "7", "first").await),
        ProblemCode::InvalidRequest
    );
}

async fn a_token_that_is_unknown_wrong_or_of_another_msp_opens_nothing(setup: &Setup) {
    let (msp, secret) = bootstrap(&setup.ctx, "Acme IT", "msp-", "first").await.unwrap();
    let random = &*setup.ctx.random;
    let wrong = AdminSecret::new(msp, secret.id(), random);
    let unknown = AdminSecret::new(msp, AdminTokenId(Uuid::from_u128(7)), random);
    let stranger = AdminSecret::new(MspId(Uuid::from_u128(7)), secret.id(), random);
    for text in [wrong.reveal(), unknown.reveal(), stranger.reveal(), String::new().into()] {
        let refused = authenticate(&setup.ctx, &text).await.unwrap_err().refusal();
        assert_eq!(*refused.problem, countersign_protocol::Problem::new(ProblemCode::InvalidToken));
    }
}

async fn a_revoked_token_is_dead_at_once(setup: &Setup) {
    let caller = setup.msp().await;
    let made = tokens::create(&setup.ctx, caller, named("provisioning")).await.unwrap();
    let text = made.token.unwrap();
    let itself = authenticate(&setup.ctx, &text).await.unwrap();
    tokens::revoke(&setup.ctx, itself, made.id).await.unwrap();
    assert_eq!(code(authenticate(&setup.ctx, &text).await), ProblemCode::InvalidToken);
    tokens::revoke(&setup.ctx, caller, made.id).await.unwrap();
    assert_eq!(
        setup.told(made.id).await,
        ["the admin token provisioning was made", "the admin token provisioning was revoked"]
    );
    let listed = tokens::list(&setup.ctx, caller, ALL).await.unwrap().items;
    let revoked = |id| listed.iter().find(|token| token.id == id).unwrap().revoked_at.is_some();
    assert!(revoked(made.id) && !revoked(caller.token));
    assert!(listed.iter().all(|token| token.token.is_none()));
}

async fn another_msp_s_token_can_not_be_seen_or_revoked(setup: &Setup) {
    let (caller, other) = (setup.msp().await, setup.msp().await);
    let refused = tokens::revoke(&setup.ctx, caller, other.token).await;
    assert_eq!(code(refused), ProblemCode::NotFound);
    let listed = tokens::list(&setup.ctx, caller, ALL).await.unwrap().items;
    assert_eq!(listed.len(), 1);
}
