//! Answers of success that are not a plain 200.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody};
use serde::Serialize;

/// 201: the resource was made.
#[derive(Clone, Debug)]
pub struct Created<T>(pub T);

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Created().json(self.0)
    }
}

/// 201 if the resource was made now, 200 if it stood already.
#[derive(Clone, Debug)]
pub enum Put<T> {
    /// Made now.
    Created(T),
    /// It stood.
    Stands(T),
}

impl<T: Serialize> Responder for Put<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        match self {
            Self::Created(body) => HttpResponse::Created().json(body),
            Self::Stands(body) => HttpResponse::Ok().json(body),
        }
    }
}

/// 204: it is done, and there is nothing to say.
#[derive(Clone, Copy, Debug)]
pub struct Done;

impl Responder for Done {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}
