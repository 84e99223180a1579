//! `/mobile/v1`: the phone's routes.

pub mod login_examples;
pub mod logins;
