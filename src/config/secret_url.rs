//! A connection address, which may hold a password.

use std::fmt;

use super::from_text::FromText;

/// A connection address that is never printed: it may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(String);

impl SecretUrl {
    /// The whole address, password and all: for the client that connects, not for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The scheme, in lower case; empty when there is none.
    pub(super) fn scheme(&self) -> String {
        self.0.split_once("://").map_or_else(String::new, |(scheme, _)| scheme.to_lowercase())
    }
}

impl From<&str> for SecretUrl {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl FromText for SecretUrl {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://[hidden]", self.scheme())
    }
}

/// `text` with everything between the first `://` and the last `@` hidden, for messages of parsers
/// that quote what they couldn't read.
pub(super) fn without_credentials(text: &str) -> String {
    match (text.find("://"), text.rfind('@')) {
        (Some(start), Some(end)) if start < end => {
            format!("{}[hidden]{}", &text[..start + 3], &text[end..])
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_in_the_debug_text() {
        let url = SecretUrl::from("postgres://app:hunter2@db/countersign");
        assert_eq!(format!("{url:?}"), "postgres://[hidden]");
    }

    #[test]
    fn a_quoted_password_is_hidden_even_with_an_at_sign_in_it() {
        assert_eq!(
            without_credentials("found \"postgres://app:hun@ter2@db/x\" here"),
            "found \"postgres://[hidden]@db/x\" here"
        );
        assert_eq!(without_credentials("https://example.com"), "https://example.com");
    }
}
