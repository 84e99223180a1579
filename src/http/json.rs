//! JSON bodies, in and out: bounded in size and time, strict in form, and clear about what is wrong.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, dev::Payload, http::header, web,
};
use countersign_protocol::ProblemCode;
use futures_util::StreamExt;
use serde::{Serialize, de::DeserializeOwned};

use super::HttpFailure;
use crate::domain::Refusal;

/// The largest body of a route that names no other [`BodyLimit`], in bytes. A WebAuthn registration with an
/// attestation certificate, the largest request, stays under 8 KiB.
pub const MAX_BODY: usize = 16 * 1024;

/// How long a body may take to arrive, since nothing may hang: actix bounds only the head.
const MAX_BODY_TIME: Duration = Duration::from_secs(10);

/// The largest body of all, in bytes.
pub const MAX_LIST: usize = 256 * 1024;

/// Routes whose bodies are lists of up to a hundred records, or a thousand names, and their limits in bytes.
const LISTS: [(&str, usize); 3] = [
    ("/desktop/v1/offline-sessions", MAX_LIST),
    ("/desktop/v1/state/applied", 64 * 1024),
    ("/mobile/v1/offline-codes/shown", 64 * 1024),
];

fn limit_of(request: &HttpRequest) -> usize {
    if let Some(limit) = request.app_data::<BodyLimit>() {
        return limit.0;
    }
    let route = request.match_pattern();
    let list = LISTS.iter().find(|(list, _)| route.as_deref() == Some(list));
    list.map_or(MAX_BODY, |(_, limit)| *limit)
}

/// Another size limit than [`MAX_BODY`], in bytes, as app data of a route.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(pub usize);

/// A JSON body. Taken from a request it is strict: `application/json`, within the size limit, nothing after the
/// value, and what the type's `Deserialize` says (request types refuse unknown fields).
///
/// The name is actix's on purpose: by it utoipa writes the request body into the contract.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Json<T> {
    type Error = HttpFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, HttpFailure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            if !request.content_type().eq_ignore_ascii_case("application/json") {
                return Err(malformed("the content type must be application/json"));
            }
            let limit = limit_of(&request);
            if declared_length(&request).is_some_and(|length| length > limit) {
                return Err(too_large(limit));
            }
            let body = tokio::time::timeout(MAX_BODY_TIME, read(payload, limit))
                .await
                .map_err(|_| malformed("the body took too long to arrive"))??;
            parse(&body).map(Self)
        })
    }
}

fn declared_length(request: &HttpRequest) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn read(mut payload: Payload, limit: usize) -> Result<web::BytesMut, HttpFailure> {
    let mut body = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| malformed("the body broke off"))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, HttpFailure> {
    // serde reads a struct from an array as well, field by field.
    if body.trim_ascii_start().first().is_some_and(|first| *first == b'[') {
        return Err(malformed("the body must be a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (path, what) = (error.path().to_string(), error.inner());
        malformed(if path == "." { what.to_string() } else { format!("{path}: {what}") })
    })?;
    reader.end().map_err(|_| malformed("something stands after the JSON value"))?;
    Ok(value)
}

fn malformed(detail: impl Into<String>) -> HttpFailure {
    Refusal::because(ProblemCode::InvalidRequest, detail).into()
}

fn too_large(limit: usize) -> HttpFailure {
    Refusal::because(ProblemCode::TooLarge, format!("at most {limit} bytes")).into()
}

impl<T: Serialize> Responder for Json<T> {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().json(self.0)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{error::ResponseError, test::TestRequest};
    use countersign_protocol::wire::mobile::{Deny, FinishEnrolment};

    use super::*;

    async fn take<T: DeserializeOwned>(request: TestRequest) -> Result<T, HttpFailure> {
        let (request, mut payload) = request.to_http_parts();
        Json::from_request(&request, &mut payload).await.map(|Json(value)| value)
    }

    async fn detail<T: DeserializeOwned>(request: TestRequest) -> (u16, String) {
        let failure = take::<T>(request).await.err().expect("a refusal");
        let body = actix_web::body::to_bytes(failure.error_response().into_body()).await.unwrap();
        let problem: countersign_protocol::Problem = serde_json::from_slice(&body).unwrap();
        (problem.status, problem.detail.unwrap_or_default())
    }

    fn json(body: impl Into<web::Bytes>) -> TestRequest {
        TestRequest::post().insert_header(("content-type", "application/json")).set_payload(body)
    }

    #[actix_web::test]
    async fn a_body_of_the_contract_is_taken() {
        assert!(take::<Deny>(json(r#"{"reason":"fraud"}"#)).await.is_ok());
        let charset = TestRequest::post()
            .insert_header(("content-type", "application/json; charset=utf-8"))
            .set_payload(r#"{"reason":"fraud"}"#);
        assert!(take::<Deny>(charset).await.is_ok());
    }

    #[actix_web::test]
    async fn another_content_type_is_refused() {
        let form = TestRequest::post()
            .insert_header(("content-type", "text/plain"))
            .set_payload(r#"{"reason":"fraud"}"#);
        assert_eq!(detail::<Deny>(form).await.0, 400);
        let none = TestRequest::post().set_payload(r#"{"reason":"fraud"}"#);
        assert_eq!(detail::<Deny>(none).await.0, 400);
    }

    #[actix_web::test]
    async fn an_unknown_field_is_refused_by_name() {
        let (status, detail) = detail::<Deny>(json(r#"{"reason":"fraud","force":true}"#)).await;
        assert_eq!(status, 400);
        assert!(detail.contains("force"), "{detail}");
    }

    #[actix_web::test]
    async fn the_detail_names_the_field_that_is_wrong() {
        let body = r#"{"ticket":"t","credential":{},"device":{"name":7,"model":"m","os":"o"}}"#;
        let (_, detail) = detail::<FinishEnrolment>(json(body)).await;
        assert!(detail.starts_with("device.name: "), "{detail}");
    }

    #[actix_web::test]
    async fn a_second_value_after_the_first_is_refused() {
        let (status, _) = detail::<Deny>(json(r#"{"reason":"fraud"} {}"#)).await;
        assert_eq!(status, 400);
    }

    #[actix_web::test]
    async fn a_body_that_declares_too_much_is_refused_unread() {
        let declared = json("{}").insert_header(("content-length", MAX_BODY + 1));
        assert_eq!(detail::<Deny>(declared).await.0, 413);
    }

    #[actix_web::test]
    async fn a_body_that_declares_nothing_is_cut_at_the_limit() {
        let large = format!(r#"{{"reason":"{}"}}"#, "x".repeat(MAX_BODY));
        let (_, mut payload) = json(large).to_http_parts();
        let head = TestRequest::post().insert_header(("content-type", "application/json"));
        let failure = Json::<Deny>::from_request(&head.to_http_request(), &mut payload).await;
        assert_eq!(failure.unwrap_err().code(), ProblemCode::TooLarge);
    }

    #[actix_web::test]
    async fn a_route_may_take_more() {
        let large = format!(r#"{{"reason":"{}"}}"#, "x".repeat(MAX_BODY));
        let request = json(large).app_data(BodyLimit(2 * MAX_BODY));
        assert_eq!(detail::<Deny>(request).await.0, 400);
    }
}
