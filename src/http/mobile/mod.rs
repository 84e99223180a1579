//! `/mobile/v1`: the phone's routes.

pub mod device_examples;
pub mod devices;
pub mod enrolment;
pub mod login_examples;
pub mod logins;
pub mod offline;
mod routes;
pub mod tokens;

pub use routes::routes;
