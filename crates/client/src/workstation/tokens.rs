//! A workstation's access tokens, traded for assertions (RFC 7523).

use std::time::Duration;

use countersign_protocol::{
    Bytes, Instant, ProblemCode,
    wire::desktop::{ASSERTION_TYP, AssertionClaims, Authenticate, WorkstationToken},
};
use reqwest::header::AUTHORIZATION;

use super::{Ledger, Workstation};
use crate::{
    Answer, Error, Request, Result,
    random::{random_bytes, random_id},
};

/// The token route, below the service's URL; an assertion's audience.
const TOKEN: &str = "/desktop/v1/token";
/// How long an assertion lives, in seconds; the service takes two minutes at most.
const ASSERTION_LIFE: i64 = 60;

/// The ledger, and the token that its last rotation gave.
pub(super) struct Rotation {
    pub(super) ledger: Ledger,
    token: Option<Held>,
}

struct Held {
    access_token: String,
    renew_at: Instant,
}

impl Rotation {
    pub(super) fn resumed(ledger: Ledger) -> Self {
        Self { ledger, token: None }
    }
}

impl Workstation {
    /// An access token that is not about to end.
    ///
    /// # Errors
    /// `workstation_quarantined`, `invalid_assertion`, [`Error::NotKept`]; see [`Error`].
    pub async fn access_token(&self) -> Result<String> {
        self.token_other_than(None).await
    }

    async fn token_other_than(&self, refused: Option<&str>) -> Result<String> {
        let mut rotation = self.rotation.lock().await;
        let now = self.transport.clock().now();
        let usable = |held: &&Held| now < held.renew_at && Some(&*held.access_token) != refused;
        if let Some(held) = rotation.token.as_ref().filter(usable) {
            return Ok(held.access_token.clone());
        }
        self.rotate(&mut rotation).await
    }

    /// Keep the rotation's id, send, keep the new counter: in this order, a crash or a lost answer at any
    /// point leaves a ledger that the service still takes.
    async fn rotate(&self, rotation: &mut Rotation) -> Result<String> {
        if rotation.ledger.rid.is_none() {
            let started = Ledger { rid: Some(Bytes(random_bytes())), ..rotation.ledger.clone() };
            self.keep.persist(&started).map_err(Error::NotKept)?;
            rotation.ledger = started;
        }
        let ledger = &rotation.ledger;
        let given: WorkstationToken = self
            .transport
            .patiently(|| async {
                let assertion = self.sign_assertion(&self.assertion_claims(ledger))?;
                self.authenticate(assertion).await?.json()
            })
            .await?;
        rotation.ledger = Ledger::at(given.counter);
        rotation.token = None;
        self.keep.persist(&rotation.ledger).map_err(Error::NotKept)?;
        let margin = (given.expires_in / 4).min(30);
        let life = Duration::from_secs(u64::from(given.expires_in - margin));
        rotation.token = Some(Held {
            access_token: given.access_token.clone(),
            renew_at: self.transport.clock().now() + life,
        });
        Ok(given.access_token)
    }

    /// The claims of a new assertion that presents this ledger.
    #[must_use]
    pub fn assertion_claims(&self, ledger: &Ledger) -> AssertionClaims {
        let now = self.transport.clock().now().unix_seconds();
        let base = self.transport.public_url().as_str().trim_end_matches('/');
        AssertionClaims {
            iss: self.id(),
            sub: self.id(),
            aud: format!("{base}{TOKEN}"),
            iat: now,
            exp: now + ASSERTION_LIFE,
            jti: random_id(),
            msp: self.identity.msp_id,
            ctr: ledger.counter,
            rid: ledger.rid.unwrap_or(Bytes([0; 16])),
        }
    }

    /// The assertion of these claims.
    ///
    /// # Errors
    /// If the signature fails.
    pub fn sign_assertion(&self, claims: &AssertionClaims) -> Result<String> {
        Ok(self.key().jws(ASSERTION_TYP, false, claims)?)
    }

    /// Sends an assertion as it is, beside the ledger: [`Workstation::access_token`] is the honest way.
    ///
    /// # Errors
    /// No answer.
    pub async fn authenticate(&self, assertion: String) -> Result<Answer> {
        let request = Request::post(TOKEN).json(&Authenticate { assertion });
        self.transport.send_proved(request, self.key(), None).await
    }

    /// Sends a request as this workstation, with token and proof; an answer of any status is a success.
    /// What the request already has of `Authorization` and `DPoP` stays, and then nothing is repeated.
    ///
    /// # Errors
    /// No answer, or no token to send it with.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        if request.has(&AUTHORIZATION) {
            return self.transport.send_proved(request, self.key(), None).await;
        }
        let token = self.access_token().await?;
        let answer = self.transport.send_proved(request.clone(), self.key(), Some(&token)).await?;
        if answer.code() != Some(ProblemCode::InvalidToken) {
            return Ok(answer);
        }
        let token = self.token_other_than(Some(&token)).await?;
        self.transport.send_proved(request, self.key(), Some(&token)).await
    }
}
