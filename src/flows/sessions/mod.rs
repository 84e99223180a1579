//! Sessions: reported by workstations, seen and ended by admins.

mod admin;
mod end;
mod report;

pub use admin::{ask_to_end, list, one};
pub use end::report_end;
pub use report::report_session;
