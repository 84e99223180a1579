//! Proofs of possession that prove nothing: each check of RFC 9449 section 4.3, over HTTP.

use countersign_client::{DeviceKey, Request, StatusCode};
use countersign_protocol::{ProblemCode, encoding::base64url};
use serde_json::{Value, json};

use crate::{
    knock::{Knock, ROUTE, unsigned, with},
    refusal::refusal,
    story,
};

/// Checks that the proof is refused for this reason; then that an honest one is taken.
async fn proves_nothing(knock: &Knock, proof: &str, why: &str) {
    let answer = knock.with(proof).await;
    let detail = refusal(&answer, ProblemCode::InvalidProof);
    assert!(detail.contains(why), "{detail}");
    let challenge = answer.headers.get("www-authenticate").unwrap().to_str().unwrap();
    assert!(challenge.starts_with("DPoP error=\"invalid_dpop_proof\""), "{challenge}");
    assert_eq!(knock.with(&knock.honest()).await.status, StatusCode::OK);
}

story! {
    async fn a_request_without_a_proof_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        let bare = Request::get(ROUTE).header("authorization", format!("DPoP {}", knock.token));
        refusal(&knock.send(bare).await, ProblemCode::InvalidProof);
    }
}

story! {
    async fn a_request_with_two_proofs_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let asked = http
            .get(house.node.url.join(ROUTE).unwrap())
            .header("authorization", format!("DPoP {}", knock.token))
            .header("dpop", knock.honest())
            .header("dpop", knock.honest());
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let problem: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(problem["code"], "invalid_dpop_proof");
    }
}

story! {
    async fn what_is_no_jwt_is_no_proof(house: House) {
        let knock = Knock::of(&house).await;
        for text in ["x", "a.b.c", "eyJhbGciOiJFUzI1NiJ9..", &"x".repeat(3000)] {
            refusal(&knock.with(text).await, ProblemCode::InvalidProof);
        }
    }
}

story! {
    async fn a_proof_of_another_type_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        proves_nothing(&knock, &knock.headed("typ", "JWT"), "typ").await;
        proves_nothing(&knock, &knock.headed("typ", Value::Null), "typ").await;
    }
}

story! {
    async fn a_proof_by_no_algorithm_or_another_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        let none = unsigned(&with(knock.header(), "alg", "none"), &knock.claims());
        proves_nothing(&knock, &none, "alg").await;
        for alg in ["none", "HS256", "ES384", "RS256"] {
            proves_nothing(&knock, &knock.headed("alg", alg), "alg").await;
        }
    }
}

story! {
    async fn a_proof_that_carries_its_private_key_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        let jwk = with(knock.header()["jwk"].clone(), "d", base64url(&[7; 32]));
        proves_nothing(&knock, &knock.headed("jwk", jwk), "private").await;
    }
}

story! {
    async fn a_proof_without_a_key_or_with_another_kind_of_key_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        proves_nothing(&knock, &knock.headed("jwk", Value::Null), "no key").await;
        let secret = json!({"kty": "oct", "k": base64url(&[7; 32])});
        proves_nothing(&knock, &knock.headed("jwk", secret), "P-256").await;
    }
}

story! {
    async fn a_proof_signed_by_another_key_than_it_carries_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        let other = DeviceKey::generate().unwrap();
        let forged = other.jws_with_header(&knock.header(), &knock.claims()).unwrap();
        proves_nothing(&knock, &forged, "signature").await;
    }
}

story! {
    async fn a_proof_for_another_method_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        proves_nothing(&knock, &knock.claiming("htm", "POST"), "method").await;
        proves_nothing(&knock, &knock.claiming("htm", Value::Null), "claim").await;
    }
}

story! {
    async fn a_proof_for_another_url_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        let base = house.node.public_url.as_str().trim_end_matches('/').to_owned();
        let path = format!("{base}/mobile/v1/logins");
        let host = format!("https://sign.example.net{ROUTE}");
        let prefix = format!("{base}{ROUTE}/");
        for htu in [path, host, prefix] {
            proves_nothing(&knock, &knock.claiming("htu", htu), "another URL").await;
        }
    }
}

story! {
    async fn the_host_header_says_nothing_about_the_url_of_a_proof(house: House) {
        let knock = Knock::of(&house).await;
        let foreign = knock.claiming("htu", format!("http://sign.example.net{ROUTE}"));
        let asked = Request::get(ROUTE)
            .header("host", "sign.example.net")
            .header("authorization", format!("DPoP {}", knock.token))
            .header("dpop", foreign);
        refusal(&knock.send(asked).await, ProblemCode::InvalidProof);
    }
}

story! {
    async fn a_proof_of_another_time_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        let now = knock.claims()["iat"].as_f64().unwrap();
        // Not older than the installation's start: that is refused for another reason.
        house.pass(std::time::Duration::from_secs(61)).await;
        proves_nothing(&knock, &knock.claiming("iat", now), "too old").await;
        proves_nothing(&knock, &knock.claiming("iat", now + 61.0 + 30.0), "future").await;
        proves_nothing(&knock, &knock.claiming("iat", Value::Null), "claim").await;
    }
}

story! {
    async fn a_proof_is_taken_once(house: House) {
        let knock = Knock::of(&house).await;
        let proof = knock.honest();
        assert_eq!(knock.with(&proof).await.status, StatusCode::OK);
        proves_nothing(&knock, &proof, "used before").await;
    }
}

story! {
    async fn a_jti_is_taken_once_whatever_else_the_proof_says(house: House) {
        let knock = Knock::of(&house).await;
        let claims = knock.claims();
        let first = knock.proof(&knock.header(), &claims);
        assert_eq!(knock.with(&first).await.status, StatusCode::OK);
        let iat = claims["iat"].as_f64().unwrap() + 1.0;
        let again = knock.proof(&knock.header(), &with(claims, "iat", iat));
        proves_nothing(&knock, &again, "used before").await;
        proves_nothing(&knock, &knock.claiming("jti", "short"), "jti").await;
        proves_nothing(&knock, &knock.claiming("jti", Value::Null), "claim").await;
    }
}

story! {
    async fn a_proof_over_no_token_or_another_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        let other = Knock::of(&house).await;
        proves_nothing(&knock, &knock.claiming("ath", Value::Null), "access token").await;
        let ath = other.claims()["ath"].clone();
        proves_nothing(&knock, &knock.claiming("ath", ath), "access token").await;
    }
}

story! {
    async fn a_proof_by_a_key_that_the_token_is_not_bound_to_is_refused(house: House) {
        let knock = Knock::of(&house).await;
        let other = DeviceKey::generate().unwrap();
        let header = with(knock.header(), "jwk", serde_json::to_value(other.public()).unwrap());
        let stolen = other.jws_with_header(&header, &knock.claims()).unwrap();
        proves_nothing(&knock, &stolen, "another key").await;
    }
}
