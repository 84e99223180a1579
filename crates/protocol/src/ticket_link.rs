//! What a phone scans to be enrolled, `https://host/enrol#ticket`: the service and the ticket in one picture. A
//! browser never sends the fragment.

use url::Url;

/// What is drawn as a QR code.
#[must_use]
pub fn link(public_url: &Url, ticket: &str) -> String {
    format!("{}/enrol#{ticket}", public_url.as_str().trim_end_matches('/'))
}

/// The service's public URL and the ticket that a scanned link names; `None` if it is no such link. The URL is as
/// good as whoever showed the code: the person sees its host before anything is sent there.
#[must_use]
pub fn read(scanned: &str) -> Option<(Url, String)> {
    let mut url = Url::parse(scanned).ok()?;
    let ticket = url.fragment().filter(|ticket| !ticket.is_empty())?.to_owned();
    let bare = url.path() == "/enrol" && url.query().is_none() && url.username().is_empty();
    if !bare || !matches!(url.scheme(), "https" | "http") {
        return None;
    }
    url.set_fragment(None);
    url.set_path("/");
    Some((url, ticket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_reads_what_was_drawn() {
        let service = Url::parse("https://sign.example.com").unwrap();
        let drawn = link(&service, "cs_ticket_AaID");
        assert_eq!(drawn, "https://sign.example.com/enrol#cs_ticket_AaID");
        assert_eq!(read(&drawn), Some((service, "cs_ticket_AaID".to_owned())));
    }

    #[test]
    fn another_link_is_no_ticket() {
        for other in [
            "https://sign.example.com/q#cs_ticket_AaID",
            "https://sign.example.com/enrol",
            "https://sign.example.com/enrol#",
            "https://sign.example.com/enrol?x=1#cs_ticket_AaID",
            "https://nik@sign.example.com/enrol#cs_ticket_AaID",
            "mailto:nik@example.com#cs_ticket_AaID",
            "cs_ticket_AaID",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
