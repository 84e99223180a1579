//! Grant keys rotate with overlap: nobody who holds a grant, or old keys, is refused.

use std::time::Duration;

use countersign::{auth::Purpose as KeyPurpose, flows::keys, workers::reload_keys};
use countersign_client::{OpenedLogin, random_bytes};
use countersign_protocol::{
    Bytes, Nonce, Purpose,
    encoding::{base64url, from_base64url},
    grant::{Expected, GrantClaims, GrantError, check_grant, open_key_set},
    wire::desktop::{OpenBy, OpenLogin},
};
use countersign_testkit::{SoftPhone, SoftWorkstation};
use serde_json::Value;

use crate::{house::House, story};

/// The id of the key that signed a JWT.
fn kid(jwt: &str) -> String {
    let header = from_base64url(jwt.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

/// An approved login, and the nonce that its grant repeats.
async fn approved(workstation: &SoftWorkstation, phone: &SoftPhone) -> (OpenedLogin, Nonce) {
    let nonce = Bytes(random_bytes());
    let body = OpenLogin {
        by: OpenBy::Push { name: "nik".into() },
        purpose: Purpose::SignIn,
        os_session: "console".into(),
        nonce,
    };
    let key = base64url(&nonce.0);
    let login = workstation.workstation.open_as(&key, &body).await.unwrap();
    phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
    (login, nonce)
}

/// Checks a grant by the key set that the service publishes now.
async fn check_now(
    house: &House,
    workstation: &SoftWorkstation,
    grant: &str,
    nonce: &Nonce,
) -> Result<GrantClaims, GrantError> {
    let signed = house.transport().signed_key_set().await.unwrap().signed;
    let identity = workstation.workstation.identity();
    let keys = open_key_set(&signed, &identity.installation_keys, &identity.issuer)?;
    let expected = Expected {
        issuer: &identity.issuer,
        workstation: workstation.workstation.id(),
        nonce,
        since_opened: Duration::from_secs(1),
    };
    check_grant(grant, &keys, &expected)
}

story! {
    async fn a_rotated_grant_key_is_published_before_it_signs_and_its_elder_counts_on(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        house.clock.stop();
        let (mut login, _) = approved(&workstation, &phone).await;
        workstation.take_grant(&mut login).await.unwrap(); // the workstation knows the old set now

        let ctx = &house.node.context;
        let rotated =
            keys::rotate(&ctx.store, &ctx.keys, &*ctx.random, KeyPurpose::Grant, ctx.now());
        let rotated = rotated.await.unwrap();
        reload_keys(ctx).await.unwrap();
        let (login, nonce) = approved(&workstation, &phone).await;
        let old = workstation.workstation.fetch_grant(login.id()).await.unwrap().grant;
        assert_ne!(kid(&old), rotated.kid, "published, but it does not sign yet");
        check_now(&house, &workstation, &old, &nonce).await.unwrap();

        house.pass(rotated.signs_from.since(ctx.now())).await;
        let (mut login, _) = approved(&workstation, &phone).await;
        let new = workstation.workstation.fetch_grant(login.id()).await.unwrap().grant;
        assert_eq!(kid(&new), rotated.kid);
        workstation.take_grant(&mut login).await.expect("the set is fetched anew for an unknown key");
        check_now(&house, &workstation, &old, &nonce).await.expect("the elder counts on");

        house.pass(rotated.old_retire_at.since(ctx.now())).await;
        let gone = check_now(&house, &workstation, &old, &nonce).await;
        assert_eq!(gone.unwrap_err(), GrantError::UnknownKey);
        let (mut login, _) = approved(&workstation, &phone).await;
        workstation.take_grant(&mut login).await.unwrap();
    }
}

story! {
    async fn a_rotated_token_key_refuses_no_token_that_still_lives(house: House) {
        let phone = house.phone_of(&house.nik).await;
        house.clock.stop();
        let ctx = &house.node.context;
        let rotated =
            keys::rotate(&ctx.store, &ctx.keys, &*ctx.random, KeyPurpose::AccessToken, ctx.now());
        let rotated = rotated.await.unwrap();
        reload_keys(ctx).await.unwrap();
        let old = phone.phone.access_token().await.unwrap();
        house.pass(rotated.signs_from.since(ctx.now())).await;
        phone.pending().await.unwrap();
        assert_eq!(phone.phone.access_token().await.unwrap(), old, "it was not refused");
        phone.phone.refresh().await.unwrap();
        assert_eq!(kid(&phone.phone.access_token().await.unwrap()), rotated.kid);
        phone.pending().await.unwrap();
    }
}
