//! The frame around all routes.

use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::from_fn,
    web,
};
use utoipa_actix_web::{AppExt, service_config::ServiceConfig};

use super::{
    Edge,
    boundary::boundary,
    unknown_route::{Methods, unknown_route},
};

/// An actix app with the given routes in the frame: the boundary around them, problem documents for what no route
/// takes. Routes are registered flat, with their whole path.
pub fn app(
    edge: web::Data<Edge>,
    routes: impl FnOnce(&mut ServiceConfig<'_>),
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let (app, contract) = App::new().into_utoipa_app().configure(routes).split_for_parts();
    app.app_data(edge)
        .app_data(web::Data::new(Methods::of(&contract)))
        .default_service(web::to(unknown_route))
        .wrap(from_fn(boundary))
}
