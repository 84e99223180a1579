//! `Idempotency-Key`: the same creation, asked again because the answer was lost.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use countersign_protocol::ProblemCode;
use utoipa::IntoParams;

use super::HttpFailure;
use crate::domain::Refusal;

const HEADER: &str = "idempotency-key";

/// The client's name for one creation: 8 to 64 visible ASCII characters, required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let fits =
            (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }
}

impl FromRequest for IdempotencyKey {
    type Error = HttpFailure;
    type Future = Ready<Result<Self, HttpFailure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Two keys would be two names for one creation: neither is taken.
        let mut lines = request.headers().get_all(HEADER);
        let (first, second) = (lines.next(), lines.next());
        let text = first.filter(|_| second.is_none()).and_then(|line| line.to_str().ok());
        ready(text.and_then(Self::parse).ok_or_else(|| {
            let detail = "Idempotency-Key: one of 8 to 64 visible ASCII characters is required";
            Refusal::because(ProblemCode::InvalidRequest, detail).into()
        }))
    }
}

/// The header as the contract tells it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
struct Written {
    /// The client's name for this creation: sent again, it gives the same result.
    #[param(
        rename = "Idempotency-Key",
        min_length = 8,
        max_length = 64,
        example = "b1d6a4de-5f0f-4a55"
    )]
    idempotency_key: String,
}

impl IntoParams for IdempotencyKey {
    fn into_params(
        parameter_in_provider: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        Written::into_params(parameter_in_provider)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    async fn taken(request: TestRequest) -> Result<IdempotencyKey, ProblemCode> {
        let request = request.to_http_request();
        IdempotencyKey::extract(&request).await.map_err(|failure| failure.code())
    }

    #[actix_web::test]
    async fn a_visible_key_of_a_fair_length_is_taken() {
        for key in ["12345678", &"x".repeat(64), "0197a2c4-7d2e-7bb1-9b61-3f6b8a5f6c0e"] {
            let key = taken(TestRequest::post().insert_header((HEADER, key))).await;
            assert!(key.is_ok());
        }
    }

    #[actix_web::test]
    async fn any_other_key_is_refused() {
        for key in ["", "1234567", &"x".repeat(65), "1234 5678", "schlüssel"] {
            let key = taken(TestRequest::post().insert_header((HEADER, key))).await;
            assert_eq!(key, Err(ProblemCode::InvalidRequest));
        }
    }

    #[actix_web::test]
    async fn none_or_two_are_refused() {
        assert_eq!(taken(TestRequest::post()).await, Err(ProblemCode::InvalidRequest));
        let two = TestRequest::post()
            .append_header((HEADER, "12345678"))
            .append_header((HEADER, "87654321"));
        assert_eq!(taken(two).await, Err(ProblemCode::InvalidRequest));
    }
}
