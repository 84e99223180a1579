//! All of a workstation's routes.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{enrolment, logins, own, sessions, state};

/// The routes. They need `web::Data<Context>`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(enrolment::enrol_workstation)
        .service(enrolment::consent_to_replacement)
        .service(own::authenticate_workstation)
        .service(own::own_workstation)
        .service(logins::open_login)
        .service(logins::wait_for_login)
        .service(logins::resend_login)
        .service(logins::withdraw_login)
        .service(logins::take_grant)
        .service(sessions::report_session)
        .service(sessions::report_session_end)
        .service(sessions::upload_offline_sessions)
        .service(sessions::recovery_used)
        .service(state::wait_for_state)
        .service(state::state_applied);
}
