//! `/mobile/v1`: the phone's routes.

pub mod logins;
