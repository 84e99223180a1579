//! Access tokens that open nothing.

use std::time::Duration;

use countersign::auth::Purpose;
use countersign_client::{Request, StatusCode};
use countersign_protocol::{ProblemCode, wire::admin::CreateAdminToken};

use crate::{
    knock::{Knock, ROUTE, claims_of, with},
    refusal::refusal,
    story,
};

story! {
    async fn a_bound_token_is_no_bearer_token(house: House) {
        let knock = Knock::of(&house).await;
        let bearer = format!("Bearer {}", knock.token);
        refusal(&knock.as_is(&bearer, &knock.honest()).await, ProblemCode::InvalidToken);
        let bare = Request::get(ROUTE).bearer(&knock.token);
        refusal(&knock.send(bare).await, ProblemCode::InvalidToken);
    }
}

story! {
    async fn a_phone_s_token_opens_no_workstation_s_route(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let answer = phone.phone.send(Request::get("/desktop/v1/self")).await.unwrap();
        let detail = refusal(&answer, ProblemCode::InvalidToken);
        assert!(detail.contains("kind of route"), "{detail}");
    }
}

story! {
    async fn a_workstation_s_token_opens_no_phone_s_route(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        let answer = workstation.workstation.send(Request::get(ROUTE)).await.unwrap();
        let detail = refusal(&answer, ProblemCode::InvalidToken);
        assert!(detail.contains("kind of route"), "{detail}");
    }
}

story! {
    async fn a_bound_token_opens_no_admin_s_route_and_an_admin_s_token_no_other(house: House) {
        let knock = Knock::of(&house).await;
        let tenants = Request::get("/admin/v1/tenants").bearer(&knock.token);
        refusal(&knock.send(tenants).await, ProblemCode::InvalidToken);
        let asked = CreateAdminToken { name: "provisioning".into(), ..Default::default() };
        let made = house.admin.create_token(&asked).await.unwrap();
        let token = made.token.unwrap();
        let answer = knock.as_is(&format!("DPoP {token}"), &knock.honest()).await;
        refusal(&answer, ProblemCode::InvalidToken);
    }
}

story! {
    async fn the_token_of_one_workstation_is_worth_nothing_to_another(house: House) {
        let owner = house.workstation("W11-RECEPTION").await;
        let thief = house.workstation("W11-STORAGE").await;
        let stolen = owner.workstation.access_token().await.unwrap();
        let asked = Request::get("/desktop/v1/self");
        let key = thief.workstation.key();
        let answer = house.transport().send_proved(asked, key, Some(&stolen)).await.unwrap();
        let detail = refusal(&answer, ProblemCode::InvalidProof);
        assert!(detail.contains("another key"), "{detail}");
    }
}

story! {
    async fn a_token_that_has_ended_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        house.pass(Duration::from_secs(600 + 6)).await;
        let detail = refusal(&knock.with(&knock.honest()).await, ProblemCode::InvalidToken);
        assert!(detail.contains("expired"), "{detail}");
    }
}

story! {
    async fn a_token_of_another_type_key_or_content_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        let signing = &house.node.context.signing;
        let now = house.node.context.now();
        let claims = claims_of(&knock.token);
        let made = |purpose, typ: &str, claims: &_| {
            signing.sign_jwt(purpose, typ, claims, now).unwrap()
        };
        let ours = made(Purpose::AccessToken, "at+jwt", &claims);
        let other_type = made(Purpose::AccessToken, "JWT", &claims);
        let grant_key = made(Purpose::Grant, "at+jwt", &claims);
        let installation_key = made(Purpose::Installation, "at+jwt", &claims);
        let issuer = with(claims.clone(), "iss", "https://sign.example.net");
        let other_issuer = made(Purpose::AccessToken, "at+jwt", &issuer);
        let audience = with(claims.clone(), "aud", "grant");
        let other_audience = made(Purpose::AccessToken, "at+jwt", &audience);
        let (message, signature) = ours.rsplit_once('.').unwrap();
        let (header, _) = message.split_once('.').unwrap();
        let other = with(claims, "msp", "01890a5d-ac96-774b-bcce-b302099a8057");
        let other = countersign_protocol::encoding::base64url(other.to_string().as_bytes());
        let altered = format!("{header}.{other}.{signature}");

        let knock = |token: String| Knock { token, phone: knock.phone };
        let mut knock = knock(ours);
        assert_eq!(knock.with(&knock.honest()).await.status, StatusCode::OK);
        for (token, why) in [
            (other_type, "typ"),
            (grant_key, "not in force"),
            (installation_key, "not in force"),
            (other_issuer, "issuer"),
            (other_audience, "audience"),
            (altered, "signature"),
        ] {
            knock.token = token;
            let detail = refusal(&knock.with(&knock.honest()).await, ProblemCode::InvalidToken);
            assert!(detail.contains(why), "{why}: {detail}");
        }
    }
}
