//! Names that can't be wrong once they exist.

use countersign_protocol::ProblemCode;

use super::Refusal;

fn invalid(detail: String) -> Refusal {
    Refusal::because(ProblemCode::InvalidRequest, detail)
}

/// True for what reorders a line (Unicode bidirectional controls), breaks it, or is seen by nobody.
#[must_use]
pub(super) fn unseen(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// A line of text for people: trimmed, 1 to `max` characters, no control characters, none that reorder the
/// line (Unicode bidirectional controls) and none that nobody sees: two names that look alike are alike.
///
/// # Errors
/// `invalid_request`, naming `field`.
pub fn shown_name(field: &str, text: &str, max: usize) -> Result<String, Refusal> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > max {
        return Err(invalid(format!("{field}: 1 to {max} characters")));
    }
    if text.chars().any(|c| c.is_control() || unseen(c)) {
        return Err(invalid(format!(
            "{field}: no control characters, no bidirectional marks, nothing invisible"
        )));
    }
    Ok(text.to_owned())
}

/// An e-mail address, kept as written and compared without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// An address of the form `local@domain`, at most 254 characters (RFC 5321 section 4.5.3.1).
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = shown_name("email", text, 254)?;
        let shaped = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && domain.contains('.')
                && !domain.contains('@')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        });
        if !shaped || text.chars().any(char::is_whitespace) {
            return Err(invalid("email: an address like nik@example.com".into()));
        }
        Ok(Self(text))
    }

    /// The address as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which addresses are compared.
    #[must_use]
    pub fn key(&self) -> String {
        name_key(&self.0)
    }
}

/// The form in which a typed name is compared with addresses and user names.
#[must_use]
pub fn name_key(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// A user name: 1 to 32 of `a-z 0-9 . _ -`, beginning with a letter or digit. It never looks like an
/// address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName(String);

impl UserName {
    /// A user name.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        let starts = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !starts || text.len() > 32 || !text.chars().all(allowed) {
            return Err(invalid(
                "user_name: 1 to 32 of a-z 0-9 . _ -, beginning with a letter or digit".into(),
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_line_break_or_bidi_mark_is_refused() {
        assert!(shown_name("name", "W11\nfake line", 64).is_err());
        assert!(shown_name("name", "W11\u{202e}KSED", 64).is_err());
        assert_eq!(shown_name("name", "  Käserei ", 64).ok().as_deref(), Some("Käserei"));
    }

    #[test]
    fn a_user_name_never_looks_like_an_address() {
        assert!(UserName::parse("nik@example.com").is_err());
        assert!(UserName::parse("Nik").is_err());
        assert!(UserName::parse("-nik").is_err());
        assert!(UserName::parse("nik.o-1").is_ok());
    }

    #[test]
    fn addresses_are_compared_without_regard_to_case() {
        let email = Email::parse("Nik@Example.com").expect("an address");
        assert_eq!(email.key(), "nik@example.com");
        assert!(Email::parse("nik@example").is_err());
        assert!(Email::parse("a@b@c.de").is_err());
    }
}
