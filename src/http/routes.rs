//! All routes on one screen, and their contract.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    admin, audit, desktop, mobile,
    openapi::{Examples, contract, yaml},
    service, session_examples,
};

/// Every route of the service.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .configure(service::routes)
        .configure(mobile::routes)
        .configure(desktop::routes)
        .configure(admin::routes)
        .configure(audit::routes);
}

/// One example for each body.
fn examples() -> Examples {
    let mut examples = Examples::default();
    service::examples(&mut examples);
    mobile::device_examples::examples(&mut examples);
    mobile::login_examples::examples(&mut examples);
    desktop::workstation_examples::examples(&mut examples);
    desktop::login_examples::examples(&mut examples);
    admin::examples(&mut examples);
    session_examples::examples(&mut examples);
    audit::examples(&mut examples);
    examples
}

/// The contract of the whole service.
#[must_use]
pub fn whole_contract() -> utoipa::openapi::OpenApi {
    contract(routes, &examples())
}

/// The contract as `mobile-api.yaml` holds it.
///
/// # Errors
/// Never in practice: every part of a contract can be written.
pub fn contract_yaml() -> Result<String, String> {
    yaml(&whole_contract())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::openapi::incomplete;

    #[test]
    fn the_contract_of_the_whole_service_is_complete() {
        assert_eq!(incomplete(&whole_contract()), Vec::<String>::new());
    }
}
