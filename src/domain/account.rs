//! The local account that a technician gets on workstations: given once, stored, never given to another.

mod name;

use countersign_protocol::{ProblemCode, TechnicianId};

use super::{Refusal, names::UserName};

pub use name::AccountName;

/// Windows takes local user names of at most 20 characters (`NetUserAdd`, `USER_INFO_1`).
pub const MAX_LENGTH: usize = 20;

/// The account name a technician would like: prefix and user name, in `[a-z0-9-]`.
///
/// `None` if it is too long for Windows; then [`fallback`] stands.
#[must_use]
pub fn preferred(prefix: &str, user: &UserName) -> Option<String> {
    let name = format!("{prefix}{}", plain(user));
    (name.len() <= MAX_LENGTH).then_some(name)
}

/// The name where the preferred one is too long or taken: its first 15 characters, `-`, and 4 base32
/// characters (RFC 4648 section 6, lower case) of SHA-256 over the technician's id.
#[must_use]
pub fn fallback(prefix: &str, user: &UserName, technician: TechnicianId) -> String {
    name::hashed(&stem(prefix, user), technician, 0)
}

/// What names with a hash begin with.
fn stem(prefix: &str, user: &UserName) -> String {
    format!("{prefix}{}", plain(user)).chars().take(15).collect()
}

fn plain(user: &UserName) -> String {
    user.as_str().chars().map(|c| if c == '.' || c == '_' { '-' } else { c }).collect()
}

/// A prefix of account names: 1 to 8 of `a-z 0-9 -`, beginning with a letter.
///
/// # Errors
/// `invalid_request`.
pub fn prefix(text: &str) -> Result<String, Refusal> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
    if !starts || text.len() > 8 || !text.chars().all(allowed) {
        return Err(Refusal::because(
            ProblemCode::InvalidRequest,
            "account prefix: 1 to 8 of a-z 0-9 -, beginning with a letter",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserName {
        UserName::parse(name).expect("a user name")
    }

    #[test]
    fn an_account_is_prefix_and_user_name() {
        assert_eq!(preferred("msp-", &user("nik")).as_deref(), Some("msp-nik"));
        assert_eq!(preferred("msp-", &user("nik.o_x")).as_deref(), Some("msp-nik-o-x"));
        assert_eq!(preferred("msp-", &user("a-very-long-user-name")), None);
    }

    #[test]
    fn a_fallback_fits_windows_and_differs_by_technician() {
        let ids = [1, 2].map(|n| TechnicianId(uuid::Uuid::from_u128(n)));
        let names = ids.map(|id| fallback("msp-", &user("a-very-long-user-name"), id));
        assert!(names.iter().all(|name| name.len() <= MAX_LENGTH));
        assert_ne!(names[0], names[1]);
    }
}
