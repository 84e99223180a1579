//! All of a phone's routes.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{devices, enrolment, logins, offline, tokens};

/// The routes. They need `web::Data<Context>`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(enrolment::start_enrolment)
        .service(enrolment::finish_enrolment)
        .service(tokens::refresh_tokens)
        .service(tokens::start_sign_in)
        .service(tokens::finish_sign_in)
        .service(devices::list_own_devices)
        .service(devices::set_push_address)
        .service(logins::list_pending_logins)
        .service(logins::read_login)
        .service(logins::acknowledge_login)
        .service(logins::claim_login)
        .service(logins::signing_options)
        .service(logins::approve_login)
        .service(logins::deny_login)
        .service(offline::list_offline_codes)
        .service(offline::report_shown_codes);
}
