//! Sessions: what happened on workstations after logins, or offline.

mod read;
mod report;

pub use read::{all, last_password, of_code, of_login, offline_since, one, visited_by};
pub use report::{
    GrantedLogin, NewSession, ask_to_end, confirm, end, ends_asked, granted_login, insert,
};
