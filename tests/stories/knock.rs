//! Requests whose every part is made by hand: a phone knocks at one of its routes.

use countersign_client::{Answer, DeviceKey, Proof, Request};
use countersign_protocol::encoding::{base64url, from_base64url};
use countersign_testkit::SoftPhone;
use serde_json::{Map, Value, json};

use crate::house::House;

/// The route that is knocked at.
pub const ROUTE: &str = "/mobile/v1/devices";

/// A phone with its token in hand.
pub struct Knock {
    /// The phone.
    pub phone: SoftPhone,
    /// Its access token.
    pub token: String,
}

impl Knock {
    /// Nik's phone.
    pub async fn of(house: &House) -> Self {
        let phone = house.phone_of(&house.nik).await;
        let token = phone.phone.access_token().await.unwrap();
        Self { phone, token }
    }

    /// The key that the token is bound to.
    pub fn key(&self) -> &DeviceKey {
        self.phone.phone.key()
    }

    /// The claims of an honest proof for this token, as JSON to be spoilt.
    pub fn claims(&self) -> Value {
        let transport = self.phone.phone.transport();
        let url = transport.public_url().join(ROUTE).unwrap();
        let proof = Proof::new("GET", &url, transport.clock().now(), Some(&self.token));
        serde_json::to_value(proof).unwrap()
    }

    /// An honest proof's header, as JSON to be spoilt.
    pub fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key().public()})
    }

    /// The proof of this header and these claims, signed by the phone's key.
    pub fn proof(&self, header: &Value, claims: &Value) -> String {
        self.key().jws_with_header(header, claims).unwrap()
    }

    /// An honest proof.
    pub fn honest(&self) -> String {
        self.proof(&self.header(), &self.claims())
    }

    /// An honest proof but for one claim; `null` takes the claim away.
    pub fn claiming(&self, name: &str, value: impl Into<Value>) -> String {
        self.proof(&self.header(), &with(self.claims(), name, value))
    }

    /// An honest proof but for one member of its header.
    pub fn headed(&self, name: &str, value: impl Into<Value>) -> String {
        self.proof(&with(self.header(), name, value), &self.claims())
    }

    /// Knocks with the token and this proof.
    pub async fn with(&self, proof: &str) -> Answer {
        self.as_is(&format!("DPoP {}", self.token), proof).await
    }

    /// Knocks with these two headers as they are.
    pub async fn as_is(&self, authorization: &str, proof: &str) -> Answer {
        let request = Request::get(ROUTE).header("authorization", authorization);
        self.send(request.header("dpop", proof)).await
    }

    /// Sends a request to which nothing is added.
    pub async fn send(&self, request: Request) -> Answer {
        self.phone.phone.transport().send(request).await.unwrap()
    }
}

/// The same object with another member; `null` takes it away.
pub fn with(mut object: Value, name: &str, value: impl Into<Value>) -> Value {
    let members: &mut Map<_, _> = object.as_object_mut().expect("an object");
    match value.into() {
        Value::Null => members.remove(name),
        value => members.insert(name.to_owned(), value),
    };
    object
}

/// The claims of a JWT, unverified.
pub fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).and_then(from_base64url).expect("a JWT");
    serde_json::from_slice(&payload).unwrap()
}

/// The same JWT with another header and no signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}.",
        base64url(header.to_string().as_bytes()),
        base64url(claims.to_string().as_bytes())
    )
}
