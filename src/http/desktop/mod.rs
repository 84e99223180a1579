//! `/desktop/v1`: the workstation's routes.

pub mod login_examples;
pub mod logins;
