//! Problem documents in the contract: those that any request can meet, and those that a handler names.

use std::collections::BTreeMap;

use countersign_protocol::{Problem, ProblemCode};
use serde_json::json;
use utoipa::openapi::{
    ContentBuilder, Header, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder,
    Type, example::ExampleBuilder,
};

use crate::http::problem::PROBLEM_JSON;

/// Declares what a handler may refuse in words of its own, for its `responses(...)`:
///
/// ```
/// use actix_web::post;
///
/// countersign::refusals! {
///     /// What an approval is refused with.
///     Approving: WrongCode, InvalidCredential, LoginNotPending
/// }
///
/// /// Approve a login
/// #[utoipa::path(responses((status = 200, description = "Approved"), Approving))]
/// #[post("/mobile/v1/logins/{login}/approve")]
/// async fn approve() -> &'static str { "" }
/// ```
///
/// What any request of its kind can meet (400, 401, 404, 413, 429, 500, 503) is filled in.
#[macro_export]
macro_rules! refusals {
    ($(#[$doc:meta])* $vis:vis $name:ident: $($code:ident),+ $(,)?) => {
        $(#[$doc])*
        $vis struct $name;

        impl $crate::__utoipa::IntoResponses for $name {
            fn responses() -> ::std::collections::BTreeMap<
                String,
                $crate::__utoipa::openapi::RefOr<$crate::__utoipa::openapi::Response>,
            > {
                $crate::http::openapi::refused(&[$($crate::__ProblemCode::$code),+])
            }
        }
    };
}

/// The responses of these codes: one a status, one example a code. [`refusals!`](crate::refusals) calls it.
#[must_use]
pub fn refused(codes: &[ProblemCode]) -> BTreeMap<String, RefOr<Response>> {
    let mut statuses = BTreeMap::<u16, Vec<ProblemCode>>::new();
    for code in codes {
        statuses.entry(code.status()).or_default().push(*code);
    }
    let response = |(status, codes): (u16, Vec<_>)| (status.to_string(), RefOr::T(problem(&codes)));
    statuses.into_iter().map(response).collect()
}

/// The problems that requests of one kind all can meet, as components that operations refer to.
#[derive(Clone, Copy)]
pub(super) struct Common {
    pub(super) component: &'static str,
    pub(super) codes: &'static [ProblemCode],
}

impl Common {
    pub(super) const INVALID: Self =
        Self { component: "InvalidRequest", codes: &[ProblemCode::InvalidRequest] };
    pub(super) const DPOP: Self = Self {
        component: "DpopRequired",
        codes: &[ProblemCode::InvalidToken, ProblemCode::InvalidProof],
    };
    pub(super) const PROOF: Self =
        Self { component: "ProofRequired", codes: &[ProblemCode::InvalidProof] };
    pub(super) const BEARER: Self =
        Self { component: "TokenRequired", codes: &[ProblemCode::InvalidToken] };
    pub(super) const NOT_FOUND: Self =
        Self { component: "NotFound", codes: &[ProblemCode::NotFound] };
    pub(super) const FORBIDDEN: Self =
        Self { component: "Forbidden", codes: &[ProblemCode::Forbidden] };
    pub(super) const TOO_LARGE: Self =
        Self { component: "TooLarge", codes: &[ProblemCode::TooLarge] };
    pub(super) const TOO_MANY: Self =
        Self { component: "TooManyRequests", codes: &[ProblemCode::TooManyRequests] };
    pub(super) const INTERNAL: Self =
        Self { component: "Internal", codes: &[ProblemCode::Internal] };
    pub(super) const UNAVAILABLE: Self =
        Self { component: "Unavailable", codes: &[ProblemCode::Unavailable] };

    pub(super) const ALL: [Self; 10] = [
        Self::INVALID,
        Self::DPOP,
        Self::PROOF,
        Self::BEARER,
        Self::FORBIDDEN,
        Self::NOT_FOUND,
        Self::TOO_LARGE,
        Self::TOO_MANY,
        Self::INTERNAL,
        Self::UNAVAILABLE,
    ];

    /// The status under which it stands.
    pub(super) fn status(self) -> String {
        self.codes.first().map_or(500, |code| code.status()).to_string()
    }

    /// The response, as it stands among the components.
    pub(super) fn response(self) -> Response {
        problem(self.codes)
    }

    fn reference(self) -> RefOr<Response> {
        Ref::from_response_name(self.component).into()
    }

    /// Puts it into an operation's responses; where the handler has named problems of the same status, it joins them.
    pub(super) fn join(self, responses: &mut BTreeMap<String, RefOr<Response>>) {
        let Some(RefOr::T(special)) = responses.get_mut(&self.status()) else {
            responses.entry(self.status()).or_insert(self.reference());
            return;
        };
        let Some(RefOr::T(content)) = special.content.get_mut(PROBLEM_JSON) else { return };
        for code in self.codes {
            content.examples.entry(code.as_str().to_owned()).or_insert_with(|| example(*code));
        }
        special.description = describe(content.examples.keys().map(String::as_str));
        special.headers.extend(headers(self.codes));
    }
}

/// A response that is a problem document of one of these codes, which share a status.
fn problem(codes: &[ProblemCode]) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(codes.iter().map(|code| (code.as_str(), example(*code))))
        .build();
    let mut response = ResponseBuilder::new().content(PROBLEM_JSON, content).build();
    response.description = describe(codes.iter().map(|code| code.as_str()));
    response.headers.extend(headers(codes));
    response
}

fn describe<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn example(code: ProblemCode) -> RefOr<utoipa::openapi::example::Example> {
    let value = serde_json::to_value(Problem::new(code)).ok();
    RefOr::T(ExampleBuilder::new().summary(code.title()).value(value).build())
}

fn headers(codes: &[ProblemCode]) -> Vec<(String, RefOr<Header>)> {
    let has = |wanted: &[ProblemCode]| codes.iter().any(|code| wanted.contains(code));
    let mut headers = Vec::new();
    if has(&[ProblemCode::InvalidToken, ProblemCode::InvalidProof]) {
        headers
            .push(text_header("WWW-Authenticate", "The scheme that is asked for, and the error."));
    }
    if has(&[ProblemCode::TooManyRequests, ProblemCode::Unavailable]) {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).build();
        let header = HeaderBuilder::new()
            .schema(Some(seconds))
            .description(Some("Seconds until it is worth coming back."))
            .example(Some(json!(3)))
            .build();
        headers.push(("Retry-After".to_owned(), header.into()));
    }
    headers
}

/// A header that is text.
pub(super) fn text_header(name: &str, what: &str) -> (String, RefOr<Header>) {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    (
        name.to_owned(),
        HeaderBuilder::new().schema(Some(text)).description(Some(what)).build().into(),
    )
}
