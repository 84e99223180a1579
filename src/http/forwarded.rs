//! What proxies write about the hop before them: `Forwarded` (RFC 7239) or `X-Forwarded-For`.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::HeaderMap;

pub use crate::config::ForwardingHeader;

impl ForwardingHeader {
    /// The hops, nearest first; `None` for one that can't be read (obfuscated, `unknown`, malformed).
    ///
    /// The text is cut at commas from the right, whatever quotes say: an address holds no comma, and a
    /// client's unbalanced quote on the left must not swallow what our proxy wrote on the right.
    pub(super) fn hops(self, headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
        let name = match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        };
        let lines: Vec<_> = headers.get_all(name).collect();
        // Bytes, read as text one by one: a byte of a client's that is no text must not hide the hop beside it.
        let elements =
            lines.into_iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        elements.map(|element| std::str::from_utf8(element).ok()).map(move |element| match self {
            Self::XForwardedFor => node(element?.trim()),
            Self::Forwarded => element?.split(';').find_map(for_parameter).and_then(node),
        })
    }
}

/// The value of a `for=` parameter.
fn for_parameter(pair: &str) -> Option<&str> {
    let (name, value) = pair.split_once('=')?;
    name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
}

/// The address of a node (RFC 7239 section 6): with or without port, IPv6 with or without brackets.
fn node(text: &str) -> Option<IpAddr> {
    let bare =
        || text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text).parse();
    let address = text.parse::<SocketAddr>().map(|socket| socket.ip()).or_else(|_| bare()).ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn hops(header: ForwardingHeader, name: &'static str, lines: &[&str]) -> Vec<Option<IpAddr>> {
        let request = lines
            .iter()
            .fold(TestRequest::get(), |request, line| request.append_header((name, *line)));
        header.hops(request.to_http_request().headers()).collect()
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn the_nearest_hop_comes_first() {
        let read = |lines: &[&str]| hops(ForwardingHeader::XForwardedFor, "x-forwarded-for", lines);
        assert_eq!(read(&["192.0.2.1, 192.0.2.2"]), [ip("192.0.2.2"), ip("192.0.2.1")]);
        assert_eq!(read(&["192.0.2.1", "192.0.2.2"]), [ip("192.0.2.2"), ip("192.0.2.1")]);
    }

    #[test]
    fn every_form_of_an_address_is_read() {
        let read = |line: &str| hops(ForwardingHeader::Forwarded, "forwarded", &[line]);
        assert_eq!(read("for=192.0.2.43"), [ip("192.0.2.43")]);
        assert_eq!(read("proto=https;For=\"192.0.2.43:47011\";by=x"), [ip("192.0.2.43")]);
        assert_eq!(read("for=\"[2001:db8:cafe::17]:4711\""), [ip("2001:db8:cafe::17")]);
        assert_eq!(read("for=\"[2001:db8:cafe::17]\""), [ip("2001:db8:cafe::17")]);
        assert_eq!(read("for=\"[::ffff:192.0.2.43]\""), [ip("192.0.2.43")]);
    }

    #[test]
    fn a_hidden_hop_is_not_an_address() {
        for line in ["for=_gazonk", "for=unknown", "by=192.0.2.1", "for=", "", "for=300.1.1.1"] {
            assert_eq!(hops(ForwardingHeader::Forwarded, "forwarded", &[line]), [None], "{line}");
        }
    }

    #[test]
    fn a_byte_that_is_no_text_hides_nothing_but_its_own_hop() {
        use actix_web::http::header::HeaderValue;
        let line = HeaderValue::from_bytes(b"\xff, 192.0.2.2").unwrap();
        let request = TestRequest::get().append_header(("x-forwarded-for", line)).to_http_request();
        let hops: Vec<_> = ForwardingHeader::XForwardedFor.hops(request.headers()).collect();
        assert_eq!(hops, [ip("192.0.2.2"), None]);
    }

    #[test]
    fn an_open_quote_on_the_left_does_not_swallow_the_right() {
        let read =
            hops(ForwardingHeader::Forwarded, "forwarded", &["for=\"192.0.2.1, for=192.0.2.2"]);
        assert_eq!(read[0], ip("192.0.2.2"));
    }
}
