//! For tests: signs whatever it is told, also what no honest signer would.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use countersign_protocol::{P256Jwk, encoding::base64url};
use serde_json::Value;

/// A key pair of a client.
pub(super) struct ForgeKey(EcdsaKeyPair);

impl ForgeKey {
    pub(super) fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }

    pub(super) fn public(&self) -> P256Jwk {
        P256Jwk::from_uncompressed(self.0.public_key().as_ref()).expect("a point")
    }

    pub(super) fn jwk(&self) -> Value {
        serde_json::to_value(self.public()).expect("JSON")
    }

    /// A compact JWS of any header and any payload.
    #[allow(clippy::disallowed_methods)] // aws-lc asks for a generator and does not use it
    pub(super) fn sign(&self, header: &Value, payload: &Value) -> String {
        let part = |json: &Value| base64url(json.to_string().as_bytes());
        let message = format!("{}.{}", part(header), part(payload));
        let signature = self.0.sign(&SystemRandom::new(), message.as_bytes()).expect("signed");
        format!("{message}.{}", base64url(signature.as_ref()))
    }
}

/// `json` with one member set, or removed by `Value::Null`.
pub(super) fn with(mut json: Value, member: &str, value: impl Into<Value>) -> Value {
    let object = json.as_object_mut().expect("an object");
    match value.into() {
        Value::Null => object.remove(member),
        value => object.insert(member.to_owned(), value),
    };
    json
}
