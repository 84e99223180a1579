//! Sessions: what happened on workstations after logins, or offline.

mod read;
mod report;

pub use read::{
    all, last_password, of_code, of_login, of_numbers, offline_since, one, password_is_used,
    step_is_used, visited_by,
};
pub use report::{
    GrantedLogin, NewSession, ask_to_end, confirm, end, ends_asked, granted_login, insert,
};
