use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_testkit::vendors::webpush::{Subscriber, WebPush};
use countersign_testkit::vendors::{Authority, Clock, Hand};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::sealing::sealed;
use crate::client::{Reply, client};
use crate::signing::es256;

/// An application server and one of its subscribers.
pub struct Sender {
    pub service: WebPush,
    pub client: Client,
    pub hand: Hand,
    pub subscriber: Subscriber,
    pub key: String,
    pair: EcdsaKeyPair,
}

impl Sender {
    pub fn start() -> Self {
        let (clock, hand) = Clock::by_hand();
        let service = WebPush::start_with(Authority::new(), clock);
        let (client, subscriber) = (client(service.authority()), service.subscribe());
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let key = URL_SAFE_NO_PAD.encode(pair.public_key());
        Self { service, client, hand, subscriber, key, pair }
    }

    pub fn claims(&self) -> Value {
        let expires = crate::apple::unix(&self.hand) + 12 * 60 * 60;
        json!({"aud": self.service.url(), "exp": expires, "sub": "mailto:ops@countersign.dev"})
    }

    pub fn token(&self, claims: &Value) -> String {
        es256(&self.pair, "", claims)
    }

    pub fn credentials(&self) -> String {
        format!("vapid t={}, k={}", self.token(&self.claims()), self.key)
    }

    /// A push that the service would take.
    pub fn push(&self) -> RequestBuilder {
        self.push_as(&self.credentials())
    }

    pub fn push_as(&self, credentials: &str) -> RequestBuilder {
        self.bare(&self.subscriber)
            .header("authorization", credentials)
            .header("ttl", "60")
            .header("content-encoding", "aes128gcm")
            .body(sealed(&self.subscriber.subscription(), b"look"))
    }

    /// A push without anything.
    pub fn bare(&self, subscriber: &Subscriber) -> RequestBuilder {
        self.client.post(subscriber.subscription().endpoint)
    }
}

pub async fn refused(request: RequestBuilder, status: u16) -> Reply {
    let reply = Reply::to(request).await;
    assert_eq!((reply.status, &reply.body["code"]), (status, &json!(status)), "{reply:?}");
    reply
}

pub async fn taken(request: RequestBuilder) -> Reply {
    let reply = Reply::to(request).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply
}
