//! The query of a list: how many items, and after which.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use countersign_protocol::{
    ProblemCode,
    encoding::{base64url, from_base64url},
};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::HttpFailure;
use crate::domain::Refusal;

const MAX_LIMIT: u16 = 200;
const DEFAULT_LIMIT: u16 = 50;

/// The place in a list after which the next page starts. Opaque on the wire: today a row's id in base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub Uuid);

impl Cursor {
    /// The cursor as it goes out in `next`.
    #[must_use]
    pub fn encode(self) -> String {
        base64url(self.0.as_bytes())
    }

    /// A cursor that came in; `None` if the service never made it.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        Uuid::from_slice(&from_base64url(text)?).ok().map(Self)
    }
}

/// Which page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// How many items at most, 1 to 200.
    pub limit: u16,
    /// The place after which the page starts; `None`: the list's beginning.
    pub after: Option<Cursor>,
}

/// The query as it is written, and as the contract tells it.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Written {
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The `next` of the page before.
    #[param(max_length = 64, example = "AYkKXayWd0u8zrMCCZqAVw")]
    after: Option<String>,
}

impl IntoParams for PageQuery {
    fn into_params(
        parameter_in_provider: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        Written::into_params(parameter_in_provider)
    }
}

impl PageQuery {
    fn parse(query: &str) -> Result<Self, String> {
        let written =
            web::Query::<Written>::from_query(query).map_err(|error| error.to_string())?;
        let limit = written.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(format!("limit: must be 1 to {MAX_LIMIT}"));
        }
        let after = match &written.after {
            None => None,
            Some(text) => Some(Cursor::decode(text).ok_or("after: not a cursor of this service")?),
        };
        Ok(Self { limit, after })
    }
}

impl FromRequest for PageQuery {
    type Error = HttpFailure;
    type Future = Ready<Result<Self, HttpFailure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            Self::parse(request.query_string())
                .map_err(|what| Refusal::because(ProblemCode::InvalidRequest, what).into()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_what_it_wrote() {
        let cursor = Cursor(Uuid::from_u128(7));
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
    }

    #[test]
    fn a_list_starts_with_fifty_items() {
        assert_eq!(PageQuery::parse(""), Ok(PageQuery { limit: 50, after: None }));
    }

    #[test]
    fn a_page_goes_on_after_its_cursor() {
        let cursor = Cursor(Uuid::from_u128(7));
        let query = format!("limit=200&after={}", cursor.encode());
        assert_eq!(PageQuery::parse(&query), Ok(PageQuery { limit: 200, after: Some(cursor) }));
    }

    #[test]
    fn what_is_not_of_the_contract_is_refused() {
        for query in
            ["limit=0", "limit=201", "limit=-1", "limit=x", "after=x", "after=", "offset=5"]
        {
            assert!(PageQuery::parse(query).is_err(), "{query}");
        }
    }
}
