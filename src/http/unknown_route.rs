//! What no route takes: 404 for an unknown path, 405 with `Allow` for an unknown method (RFC 9110 section 15.5.6).

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web,
};
use countersign_protocol::ProblemCode;
use utoipa::openapi::OpenApi;

use super::HttpFailure;

/// The methods of each route's pattern, as they go into `Allow`.
///
/// Routes are resources that guard their method, so a path with another method falls through all
/// of them to the app's default, which has to find out by itself what the path would take.
pub(super) struct Methods(BTreeMap<String, String>);

impl Methods {
    pub(super) fn of(contract: &OpenApi) -> Self {
        let allow = |(path, item): (&String, &utoipa::openapi::PathItem)| {
            let methods = [
                ("GET", &item.get),
                ("POST", &item.post),
                ("PUT", &item.put),
                ("PATCH", &item.patch),
                ("DELETE", &item.delete),
            ];
            let taken: Vec<_> = methods
                .iter()
                .filter(|(_, taken)| taken.is_some())
                .map(|(name, _)| *name)
                .collect();
            (path.clone(), taken.join(", "))
        };
        Self(contract.paths.paths.iter().map(allow).collect())
    }
}

/// The handler of whatever no route takes.
pub(super) async fn unknown_route(
    request: HttpRequest,
    methods: web::Data<Methods>,
) -> HttpResponse {
    let allow = request
        .match_pattern()
        .and_then(|pattern| methods.0.get(&without_expressions(&pattern)))
        .and_then(|allow| HeaderValue::from_str(allow).ok());
    let Some(allow) = allow else {
        return HttpResponse::from_error(HttpFailure::from(ProblemCode::NotFound));
    };
    let mut answer = HttpResponse::from_error(HttpFailure::from(ProblemCode::MethodNotAllowed));
    answer.headers_mut().insert(header::ALLOW, allow);
    answer
}

/// `/tile/{path}` of `/tile/{path:.*}`, as the contract writes it.
fn without_expressions(pattern: &str) -> String {
    let mut parts = pattern.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |pattern, part| {
        let (variable, rest) = part.split_once('}').unwrap_or((part, ""));
        let name = variable.split(':').next().unwrap_or_default();
        format!("{pattern}{{{name}}}{rest}")
    })
}

#[cfg(test)]
mod tests {
    use actix_web::{
        get, put,
        test::{TestRequest, call_service, init_service, read_body_json},
    };
    use countersign_protocol::Problem;

    use crate::http::{Edge, app, testing::header};

    use super::*;

    #[utoipa::path(responses((status = 200)))]
    #[get("/things/{thing}")]
    async fn read_thing() -> &'static str {
        ""
    }

    #[utoipa::path(responses((status = 200)))]
    #[get("/shelves/{place:.*}")]
    async fn read_shelf() -> &'static str {
        ""
    }

    #[utoipa::path(responses((status = 200)))]
    #[put("/things/{thing}")]
    async fn write_thing() -> &'static str {
        ""
    }

    async fn ask(request: TestRequest) -> (String, Problem) {
        let app = app(web::Data::new(Edge::standing()), |config| {
            config.service(read_thing).service(write_thing).service(read_shelf);
        });
        let answer = call_service(&init_service(app).await, request.to_request()).await;
        assert_eq!(header(answer.headers(), "content-type"), "application/problem+json");
        let allow = header(answer.headers(), "allow").to_owned();
        (allow, read_body_json(answer).await)
    }

    #[actix_web::test]
    async fn an_unknown_path_is_a_404() {
        let (allow, problem) = ask(TestRequest::get().uri("/nothing")).await;
        assert_eq!((allow, problem.code), (String::new(), ProblemCode::NotFound));
    }

    #[actix_web::test]
    async fn an_unknown_method_is_a_405_that_says_what_is_taken() {
        let (allow, problem) = ask(TestRequest::delete().uri("/things/7")).await;
        assert_eq!(allow, "GET, PUT");
        assert_eq!(problem.code, ProblemCode::MethodNotAllowed);
    }

    #[actix_web::test]
    async fn a_path_of_many_parts_says_what_it_takes_as_well() {
        let (allow, problem) = ask(TestRequest::delete().uri("/shelves/1/2/3")).await;
        assert_eq!((allow.as_str(), problem.code), ("GET", ProblemCode::MethodNotAllowed));
    }
}
