//! Whoever asks for the public files.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};

use crate::{
    domain::Failure,
    flows::Context,
    http::{Address, HttpFailure},
};

/// Anyone, within what one network may ask for in a minute.
pub(super) struct Visitor;

impl FromRequest for Visitor {
    type Error = HttpFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, HttpFailure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let ctx = request.app_data::<web::Data<Context>>().cloned();
        let address = Address::from_request(request, payload);
        Box::pin(async move {
            let missing = || Failure::Fault("the context is not among the app's data".into());
            let (ctx, address) = (ctx.ok_or_else(missing)?, address.await?);
            let limit = ctx.settings.audit.files_per_address_per_minute;
            ctx.take(&format!("audit-files:{}", address.subscriber()), limit).await?;
            Ok(Self)
        })
    }
}
