//! `/desktop/v1`: the workstation's routes.

pub mod enrolment;
pub mod login_examples;
pub mod logins;
pub mod own;
mod routes;
pub mod sessions;
pub mod state;
pub mod workstation_examples;

pub use routes::routes;
