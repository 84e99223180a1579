//! Admins, by their API token.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::HeaderMap};
use countersign_protocol::ProblemCode;

use super::{
    Known,
    proven::{context, only},
};
use crate::{
    domain::{Failure, Refusal},
    flows::{AdminCaller, admin},
    http::HttpFailure,
};

/// An admin, by `Authorization: Bearer` (RFC 6750 section 2.1). No other place of a request is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Admin(pub AdminCaller);

/// Whoever may read the audit log: an admin or an auditor, by the same kind of token.
#[derive(Clone, Copy, Debug)]
pub struct LogReader(pub AdminCaller);

impl FromRequest for LogReader {
    type Error = HttpFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, HttpFailure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let caller = async {
                let ctx = context(&request)?;
                admin::authenticate_reader(&ctx, shown(&request)?).await
            };
            let caller = caller.await.inspect(|caller| Known::from(caller).remember(&request));
            caller.map(Self).map_err(|failure| HttpFailure::from(failure).bearer())
        })
    }
}

impl FromRequest for Admin {
    type Error = HttpFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, HttpFailure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let caller = caller(&request).await;
            let caller = caller.inspect(|caller| Known::from(caller).remember(&request));
            caller.map(Self).map_err(|failure| HttpFailure::from(failure).bearer())
        })
    }
}

async fn caller(request: &HttpRequest) -> Result<AdminCaller, Failure> {
    let ctx = context(request)?;
    admin::authenticate(&ctx, shown(request)?).await
}

/// The token that the request shows.
fn shown(request: &HttpRequest) -> Result<&str, Refusal> {
    bearer(request.headers()).ok_or_else(|| {
        Refusal::because(
            ProblemCode::InvalidToken,
            "send Authorization: Bearer and an admin's API token",
        )
    })
}

/// The bearer token of the one `Authorization` header; the scheme in any case (RFC 9110 section 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = only(headers, "authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' '))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(lines: &[&str]) -> Option<String> {
        let request = lines.iter().fold(TestRequest::get(), |request, line| {
            request.append_header(("authorization", *line))
        });
        bearer(request.to_http_request().headers()).map(str::to_owned)
    }

    #[test]
    fn a_bearer_token_is_read_from_the_one_header() {
        assert_eq!(read(&["Bearer cs_admin_x"]).as_deref(), Some("cs_admin_x"));
        assert_eq!(read(&["bearer  cs_admin_x"]).as_deref(), Some("cs_admin_x"));
    }

    #[test]
    fn another_scheme_or_a_second_header_is_no_token() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&["cs_admin_x"]), None);
        assert_eq!(read(&["DPoP cs_admin_x"]), None);
        assert_eq!(read(&["Bearer cs_admin_x", "Bearer cs_admin_y"]), None);
    }
}
