//! What a webhook's requests are signed with, as Standard Webhooks 1.0 says (<https://www.standardwebhooks.com>).

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{KeyRing, Place, SealError};
use crate::{ambient::Random, domain::SealedTable};
use countersign_protocol::{Instant, WebhookId};

/// The specification asks for 24 to 64 bytes.
const LENGTH: usize = 32;
const PREFIX: &str = "whsec_";

/// A secret of 256 bits, shown once and sealed in its webhook's row.
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl WebhookSecret {
    /// A fresh one.
    #[must_use]
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new(vec![0; LENGTH]);
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// The text to be shown: `whsec_` and base64.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(&self.0)))
    }

    /// Sealed, as the webhook's `number`th.
    #[must_use]
    pub fn seal(&self, ring: &KeyRing, of: WebhookId, number: i32, random: &dyn Random) -> Vec<u8> {
        ring.seal(&place(&of, number), &self.0, random)
    }

    /// The webhook's `number`th secret.
    ///
    /// # Errors
    /// It was changed or sealed for another place, or its key is not in the ring.
    pub fn open(
        ring: &KeyRing,
        of: WebhookId,
        number: i32,
        sealed: &[u8],
    ) -> Result<Self, SealError> {
        ring.open(&place(&of, number), sealed).map(Self)
    }

    /// The signature of a request: `v1,` and the HMAC-SHA-256 of `id.timestamp.body`, the timestamp in Unix seconds.
    #[must_use]
    pub fn sign(&self, id: &str, at: Instant, body: &[u8]) -> String {
        let mut signing = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0));
        signing.update(format!("{id}.{}.", timestamp(at)).as_bytes());
        signing.update(body);
        format!("v1,{}", STANDARD.encode(signing.sign()))
    }
}

/// An instant as a signature has it: Unix seconds.
#[must_use]
pub fn timestamp(at: Instant) -> i64 {
    at.unix_millis().div_euclid(1000)
}

fn place(of: &WebhookId, number: i32) -> Place<'_> {
    Place { table: SealedTable::AuditWebhooks, row: of.as_bytes(), version: number.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemRandom;

    /// The example that the specification's reference libraries are tested with.
    #[test]
    fn the_published_example_is_signed_alike() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = Instant::from_unix_millis(1_614_265_330_999);
        let body = br#"{"test": 2432232314}"#;
        let signature =
            WebhookSecret(Zeroizing::new(secret)).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_opens_as_the_one_that_it_was_sealed_as() {
        let (ring, random) = (KeyRing::from_key([7; 32]), SystemRandom::new());
        let [one, other] = [1, 2].map(|id| WebhookId(uuid::Uuid::from_u128(id)));
        let secret = WebhookSecret::new(&random);
        let sealed = secret.seal(&ring, one, 3, &random);
        let opened = WebhookSecret::open(&ring, one, 3, &sealed).unwrap();
        assert_eq!(opened.reveal(), secret.reveal());
        assert_eq!(secret.reveal().len(), "whsec_".len() + 44);
        assert!(WebhookSecret::open(&ring, one, 4, &sealed).is_err(), "an older one put back");
        assert!(WebhookSecret::open(&ring, other, 3, &sealed).is_err(), "another webhook's");
    }
}
