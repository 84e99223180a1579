//! Admins, by their API token.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{AUTHORIZATION, HeaderMap},
    web,
};
use countersign_protocol::ProblemCode;

use crate::{
    domain::Failure,
    flows::{AdminCaller, Context, admin},
    http::HttpFailure,
};

/// An admin, by `Authorization: Bearer` (RFC 6750 section 2.1). No other place of a request is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Admin(pub AdminCaller);

impl FromRequest for Admin {
    type Error = HttpFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, HttpFailure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let token = bearer(request.headers()).map(str::to_owned);
        let ctx = request.app_data::<web::Data<Context>>().cloned();
        Box::pin(async move {
            let caller = async {
                let token = token.ok_or(ProblemCode::InvalidToken)?;
                let ctx = ctx.ok_or_else(|| Failure::Fault("a route without a context".into()))?;
                admin::authenticate(&ctx, &token).await
            };
            caller.await.map(Self).map_err(|failure| HttpFailure::from(failure).bearer())
        })
    }
}

/// The bearer token of the one `Authorization` header; the scheme in any case (RFC 9110 section 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(AUTHORIZATION);
    let (line, another) = (lines.next()?, lines.next());
    let (scheme, token) = line.to_str().ok()?.split_once(' ')?;
    (another.is_none() && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim_matches(' '))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn shown(lines: &[&str]) -> Option<String> {
        let request = lines.iter().fold(TestRequest::get(), |request, line| {
            request.append_header((AUTHORIZATION, *line))
        });
        bearer(request.to_http_request().headers()).map(str::to_owned)
    }

    #[test]
    fn a_bearer_token_is_read_from_the_one_header() {
        assert_eq!(shown(&["Bearer cs_admin_x"]).as_deref(), Some("cs_admin_x"));
        assert_eq!(shown(&["bearer  cs_admin_x"]).as_deref(), Some("cs_admin_x"));
    }

    #[test]
    fn another_scheme_or_a_second_header_is_no_token() {
        assert_eq!(shown(&[]), None);
        assert_eq!(shown(&["cs_admin_x"]), None);
        assert_eq!(shown(&["DPoP cs_admin_x"]), None);
        assert_eq!(shown(&["Bearer cs_admin_x", "Bearer cs_admin_y"]), None);
    }
}
