//! When a proof's `htu` names the request's URL: after the syntax and scheme normalisation of
//! RFC 3986 (sections 6.2.2 and 6.2.3), query and fragment aside (RFC 9449 section 4.3, check 9).

use url::Url;

/// Whether `htu` names the resource `expected`.
pub(super) fn same_resource(htu: &str, expected: &str) -> bool {
    // Honest clients send just what we expect: nothing to parse.
    htu == expected || normal(htu).is_some_and(|htu| normal(expected) == Some(htu))
}

/// The normal form; `None` for what is no URL by RFC 3986.
fn normal(text: &str) -> Option<String> {
    // The WHATWG parser repairs what RFC 3986 forbids (spaces, tabs, backslashes, missing slashes).
    let strict = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !strict || !text.contains("://") {
        return None;
    }
    let mut url = Url::parse(text).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    // Case of scheme and host, the default port, dot segments and the empty path are normal by now.
    Some(normal_escapes(url.as_str()))
}

/// Escapes of unreserved characters are undone, all others written in capitals (section 6.2.2.1 and 2).
fn normal_escapes(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    let mut rest = url;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let hex = escape.get(1..3).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
            out.push('%');
            rest = &escape[1..];
            continue;
        };
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        rest = &escape[3..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: &str = "https://countersign.example/mobile/v1/logins/a-b";

    #[test]
    fn equal_after_normalisation_is_equal() {
        for same in [
            EXPECTED,
            "HTTPS://Countersign.EXAMPLE/mobile/v1/logins/a-b",
            "https://countersign.example:443/mobile/v1/logins/a-b",
            "https://countersign.example/mobile/./v1/x/../logins/a-b",
            "https://countersign.example/mobile/v1/logins/%61%2db",
            "https://countersign.example/mobile/v1/logins/a-b?state=pending#top",
        ] {
            assert!(same_resource(same, EXPECTED), "{same}");
        }
        assert!(same_resource("https://h.example", "https://h.example/"));
        assert!(same_resource("https://h.example/a%2fb", "https://h.example/a%2Fb"));
    }

    #[test]
    fn another_url_stays_another() {
        for other in [
            "http://countersign.example/mobile/v1/logins/a-b",
            "https://countersign.example:8443/mobile/v1/logins/a-b",
            "https://evil.example/mobile/v1/logins/a-b",
            "https://countersign.example/mobile/v1/logins/A-B",
            "https://countersign.example/mobile/v1/logins/a-b/",
            "https://countersign.example/mobile/v1/logins%2Fa-b",
            "https://me@countersign.example/mobile/v1/logins/a-b",
            "https:\\\\countersign.example\\mobile\\v1\\logins\\a-b",
            "https:countersign.example/mobile/v1/logins/a-b",
            " https://countersign.example/mobile/v1/logins/a-b",
            "/mobile/v1/logins/a-b",
            "",
        ] {
            assert!(!same_resource(other, EXPECTED), "{other}");
        }
    }

    #[test]
    fn a_broken_escape_matches_nothing_but_itself() {
        assert!(!same_resource("https://h.example/%zz", "https://h.example/"));
        assert_eq!(normal_escapes("%zz%4"), "%zz%4");
        assert_eq!(normal_escapes("%+1x"), "%+1x");
    }
}
