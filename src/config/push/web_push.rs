//! Web Push, and UnifiedPush, which is the same.

use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;

use crate::config::{Unsafe, from_text};

/// The widest network that may be allowed: all unique local addresses (RFC 4193) are fc00::/7.
const SHORTEST_PREFIX: u8 = 7;

/// `[push.web_push]`: who pushes, and where to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebPush {
    /// The key that says who pushes (RFC 8292), P-256, PKCS #8 in PEM; `None` leaves the channel out.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub key_file: Option<PathBuf>,
    /// How a push service reaches the operator, `mailto:` or `https:` (RFC 8292 section 2.1).
    pub contact: String,
    /// Networks that may be pushed to although they are not public.
    #[serde(deserialize_with = "from_text::list")]
    pub allowed_networks: Vec<IpNet>,
}

impl WebPush {
    /// Whether the channel is to be used.
    #[must_use]
    pub fn is_set_up(&self) -> bool {
        self.key_file.is_some()
    }

    /// A key with a contact, and no network that is everybody's.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        let mut problems = Vec::new();
        let contact = self.contact.as_str();
        let sound = match contact.split_once(':') {
            Some(("mailto", address)) => address.split('@').filter(|p| !p.is_empty()).count() == 2,
            Some(("https", rest)) => !rest.trim_matches('/').is_empty(),
            _ => contact.is_empty() && !self.is_set_up(),
        };
        if !sound {
            problems.push(Unsafe::new(
                "push.web_push.contact",
                "write how push services reach you, as an address of mailto: or of https:",
            ));
        } else if !self.is_set_up() && !contact.is_empty() {
            problems.push(Unsafe::new(
                "push.web_push.key_file",
                "is empty while push.web_push.contact is set; name the key's file, or empty both",
            ));
        }
        let wide = self.allowed_networks.iter().filter(|net| net.prefix_len() < SHORTEST_PREFIX);
        problems.extend(wide.map(|network| {
            let problem = format!("{network} is nearly everything; name the service's own network");
            Unsafe::new("push.web_push.allowed_networks", problem)
        }));
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::WebPush;
    use crate::config::Settings;

    fn refused(web_push: &WebPush) -> Vec<&'static str> {
        web_push.validate().iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn a_key_comes_with_a_contact() {
        let mut web_push = Settings::embedded().push.web_push;
        web_push.key_file = Some("vapid.pem".into());
        for contact in ["", "ops", "mailto:", "mailto:ops", "mailto:@", "https:", "https://"] {
            web_push.contact = contact.into();
            assert_eq!(refused(&web_push), ["push.web_push.contact"], "{contact:?}");
        }
        for contact in ["mailto:ops@example.com", "https://example.com/contact"] {
            web_push.contact = contact.into();
            assert_eq!(refused(&web_push), Vec::<&str>::new(), "{contact:?}");
        }
        web_push.key_file = None;
        assert_eq!(refused(&web_push), ["push.web_push.key_file"]);
    }

    #[test]
    fn a_network_that_is_nearly_everything_is_refused() {
        let mut web_push = Settings::embedded().push.web_push;
        web_push.allowed_networks =
            ["10.0.0.0/8", "fc00::/7", "127.0.0.1/32"].map(|net| net.parse().unwrap()).to_vec();
        assert_eq!(refused(&web_push), Vec::<&str>::new());
        web_push.allowed_networks = vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()];
        assert_eq!(refused(&web_push), ["push.web_push.allowed_networks"; 2]);
    }
}
