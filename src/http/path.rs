//! Ids in the path. A malformed id answers exactly like one that never was (invariant 9).

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use countersign_protocol::ProblemCode;
use serde::de::DeserializeOwned;

use super::HttpFailure;

/// The id of the path, or a tuple of ids in the path's order.
#[derive(Clone, Copy, Debug)]
pub struct Ids<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Ids<T> {
    type Error = HttpFailure;
    type Future = Ready<Result<Self, HttpFailure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let path = web::Path::<T>::from_request(request, payload).into_inner();
        ready(path.map(|ids| Self(ids.into_inner())).map_err(|_| ProblemCode::NotFound.into()))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use countersign_protocol::{TechnicianId, TenantId};

    use super::*;

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    async fn take<T: DeserializeOwned>(params: &[(&'static str, &'static str)]) -> Answer<T> {
        let request = params
            .iter()
            .fold(TestRequest::get(), |request, (name, value)| request.param(*name, *value));
        Ids::extract(&request.to_http_request()).await.map(|Ids(ids)| ids)
    }

    use super::super::Answer;

    #[actix_web::test]
    async fn ids_are_typed() {
        let id: TenantId = take(&[("tenant", ID)]).await.unwrap();
        assert_eq!(id.to_string(), ID);
        let (tenant, technician): (TenantId, TechnicianId) =
            take(&[("tenant", ID), ("technician", ID)]).await.unwrap();
        assert_eq!(tenant.0, technician.0);
    }

    #[actix_web::test]
    async fn a_malformed_id_is_a_plain_404() {
        for text in ["7", "01890a5d", "%00", "' OR 1=1", ""] {
            let failure = take::<TenantId>(&[("tenant", text)]).await.unwrap_err();
            assert_eq!(failure.code(), ProblemCode::NotFound);
        }
    }
}
