//! `/desktop/v1`: the workstation's routes.

pub mod logins;
