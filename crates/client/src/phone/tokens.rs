//! A phone's tokens: short access tokens, and refresh tokens that are each used once.

use std::time::Duration;

use countersign_protocol::{
    Instant, ProblemCode,
    wire::mobile::{Refresh, Tokens},
};
use reqwest::header::AUTHORIZATION;
use serde::{Deserialize, Serialize};

use super::Phone;
use crate::{Answer, Error, Request, Result};

/// A pair of tokens and when to renew it; kept by the app where only it reads.
#[derive(Clone, Serialize, Deserialize)]
pub struct HeldTokens {
    /// The access token, bound to the phone's key.
    pub access_token: String,
    /// The refresh token.
    pub refresh_token: String,
    /// When to renew, by the service's clock: shortly before the access token ends.
    pub renew_at: Instant,
}

impl HeldTokens {
    /// Tokens that were received at `now`.
    #[must_use]
    pub fn received(tokens: Tokens, now: Instant) -> Self {
        let margin = (tokens.expires_in / 4).min(30);
        Self {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            renew_at: now + Duration::from_secs(u64::from(tokens.expires_in - margin)),
        }
    }
}

impl Phone {
    /// The tokens as they are now.
    pub async fn held_tokens(&self) -> HeldTokens {
        self.held.lock().await.clone()
    }

    /// An access token that is not about to end.
    ///
    /// # Errors
    /// `invalid_grant` if the phone must sign in again; see [`Error`].
    pub async fn access_token(&self) -> Result<String> {
        let mut held = self.held.lock().await;
        if self.transport.clock().now() >= held.renew_at {
            self.renew(&mut held).await?;
        }
        Ok(held.access_token.clone())
    }

    /// Trades the refresh token for the next pair, whether or not it is time.
    ///
    /// # Errors
    /// As [`Phone::access_token`].
    pub async fn refresh(&self) -> Result<()> {
        let mut held = self.held.lock().await;
        self.renew(&mut held).await
    }

    /// A pair that never arrived was perhaps made: the same refresh token asks for it again, here and, if
    /// this call is dropped or gives up, in the next one.
    async fn renew(&self, held: &mut HeldTokens) -> Result<()> {
        let body = Refresh { refresh_token: held.refresh_token.clone() };
        let tokens: Tokens = self
            .transport
            .patiently(|| async {
                let request = Request::post("/mobile/v1/token").json(&body);
                self.transport.send_proved(request, &self.key, None).await?.json()
            })
            .await?;
        self.hold(held, tokens)
    }

    pub(super) fn hold(&self, held: &mut HeldTokens, tokens: Tokens) -> Result<()> {
        *held = HeldTokens::received(tokens, self.transport.clock().now());
        self.keep.persist(held).map_err(Error::NotKept)
    }

    /// Sends a request as this phone, with token and proof; an answer of any status is a success. What the
    /// request already has of `Authorization` and `DPoP` stays, and then nothing is repeated.
    ///
    /// # Errors
    /// No answer, or no token to send it with.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        if request.has(&AUTHORIZATION) {
            return self.transport.send_proved(request, &self.key, None).await;
        }
        let token = self.access_token().await?;
        let answer = self.transport.send_proved(request.clone(), &self.key, Some(&token)).await?;
        if answer.code() != Some(ProblemCode::InvalidToken) {
            return Ok(answer);
        }
        let token = self.token_after(&token).await?;
        self.transport.send_proved(request, &self.key, Some(&token)).await
    }

    /// A token other than the refused one: of a call beside this one that renewed already, or a new one.
    async fn token_after(&self, refused: &str) -> Result<String> {
        let mut held = self.held.lock().await;
        if held.access_token == refused {
            self.renew(&mut held).await?;
        }
        Ok(held.access_token.clone())
    }
}
