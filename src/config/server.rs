//! Where the service listens, and under which address the world knows it.

use std::{net::SocketAddr, time::Duration};

use ipnet::IpNet;
use serde::Deserialize;
use url::{Host, Url};

use super::{Unsafe, from_text};

/// `[server]`: listening, and the public address.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port of the service.
    #[serde(deserialize_with = "from_text::required")]
    pub listen: SocketAddr,
    /// The address clients reach the service by; DPoP's `htu` is compared with it.
    #[serde(deserialize_with = "from_text::required")]
    pub public_url: Url,
    /// Address and port of the metrics; `None` turns them off.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub metrics_listen: Option<SocketAddr>,
    /// Worker threads; 0 is one a core.
    pub workers: usize,
    /// Networks whose forwarding headers are believed.
    #[serde(deserialize_with = "from_text::list")]
    pub trusted_proxies: Vec<IpNet>,
    /// The header those proxies write: the other one is never read.
    pub forwarding_header: ForwardingHeader,
    /// How long a stop waits for running requests, in seconds.
    pub shutdown_grace_s: u64,
    /// Clients parked at once.
    pub max_parked: usize,
}

impl Server {
    /// How long a stop waits for running requests.
    #[must_use]
    pub fn shutdown_grace(&self) -> Duration {
        Duration::from_secs(self.shutdown_grace_s)
    }

    /// The public address as an origin, without a slash at its end: `https://login.example.com`.
    #[must_use]
    pub fn public_origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// A public address that can't be listened to or argued about, and proxies that are ours.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        let mut problems = self.public_url_problems();
        if self.public_url.scheme() == "http" && !self.listen.ip().is_loopback() {
            problems.push(Unsafe::new(
                "server.listen",
                format!(
                    "{} is open to the network while server.public_url is http: set public_url to \
                     https and put a TLS proxy in front, or listen on 127.0.0.1",
                    self.listen
                ),
            ));
        }
        if self.metrics_listen == Some(self.listen) && self.listen.port() != 0 {
            problems.push(Unsafe::new(
                "server.metrics_listen",
                "is the same as server.listen; give the metrics a port of their own, \
                 or \"\" to turn them off",
            ));
        }
        problems.extend(self.trusted_proxies.iter().filter_map(proxy_problem));
        problems.extend(Unsafe::outside("server.workers", self.workers, &(0..=1024), "threads"));
        problems.extend(Unsafe::outside(
            "server.shutdown_grace_s",
            self.shutdown_grace_s,
            &(1..=300),
            "seconds",
        ));
        problems.extend(Unsafe::outside(
            "server.max_parked",
            self.max_parked,
            &(1..=1_000_000),
            "clients",
        ));
        problems
    }

    fn public_url_problems(&self) -> Vec<Unsafe> {
        let (url, origin) = (&self.public_url, self.public_origin());
        let mut problems = Vec::new();
        if !is_bare(url) {
            problems.push(format!("holds more than scheme, host and port; write {origin}"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_this_machine(url) => {}
            "http" => problems.push(format!(
                "{origin} would carry tokens unencrypted; write https://, or http://localhost to try \
                 it out"
            )),
            scheme => problems.push(format!("has the scheme {scheme}; write https://")),
        }
        problems.into_iter().map(|problem| Unsafe::new("server.public_url", problem)).collect()
    }
}

/// Whether there is nothing beside scheme, host and port.
pub(super) fn is_bare(url: &Url) -> bool {
    let rest = (url.username(), url.password(), url.path(), url.query(), url.fragment());
    rest == ("", None, "/", None, None)
}

/// Whether the host is `localhost`, below it (RFC 6761 section 6.3), or a loopback address.
pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The widest private networks are 10.0.0.0/8 and fc00::/7: whoever writes a wider one would let the
/// whole internet choose the address that technicians see and sign.
fn proxy_problem(network: &IpNet) -> Option<Unsafe> {
    let problem = match network {
        IpNet::V4(network) if network.prefix_len() < 8 => format!(
            "{network} believes strangers about where a login comes from; name your proxies, \
             for example 10.0.0.0/24"
        ),
        IpNet::V6(network) if network.prefix_len() < 7 => format!(
            "{network} believes strangers about where a login comes from; name your proxies, \
             for example fd00:1::/64"
        ),
        IpNet::V6(network) if network.addr().to_ipv4_mapped().is_some() => {
            format!("{network} is an IPv4 network in IPv6 clothes; write it as IPv4")
        }
        _ => return None,
    };
    Some(Unsafe::new("server.trusted_proxies", problem))
}

/// The header in which trusted proxies name the client. A proxy that writes one passes a forged other one on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardingHeader {
    /// `X-Forwarded-For`: what most proxies write.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

#[cfg(test)]
mod tests {
    use crate::config::{Server, Settings};

    fn with_public_url(url: &str) -> Server {
        let mut server = Settings::embedded().server;
        server.public_url = url.parse().unwrap();
        server
    }

    fn refused_keys(server: &Server) -> Vec<&'static str> {
        server.validate().iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for url in
            ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:80", "https://a.example"]
        {
            assert_eq!(with_public_url(url).validate(), [], "{url}");
        }
        for url in [
            "http://login.example.com",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "ftp://localhost",
        ] {
            assert_eq!(refused_keys(&with_public_url(url)), ["server.public_url"], "{url}");
        }
    }

    #[test]
    fn the_public_address_is_an_origin_and_nothing_more() {
        for url in [
            "https://a.example/base",
            "https://a.example/?x",
            "https://a.example/#x",
            "https://u:p@a.example",
        ] {
            assert_eq!(refused_keys(&with_public_url(url)), ["server.public_url"], "{url}");
        }
    }

    #[test]
    fn listening_to_the_network_needs_https() {
        let mut server = with_public_url("http://localhost:8080");
        server.listen = "0.0.0.0:8080".parse().unwrap();
        assert_eq!(refused_keys(&server), ["server.listen"]);
        server.public_url = "https://a.example".parse().unwrap();
        assert_eq!(server.validate(), []);
    }

    #[test]
    fn a_proxy_that_could_be_anyone_is_refused() {
        let mut server = with_public_url("https://a.example");
        for network in ["0.0.0.0/0", "::/0", "128.0.0.0/1", "::ffff:0:0/96"] {
            server.trusted_proxies = vec![network.parse().unwrap()];
            assert_eq!(refused_keys(&server), ["server.trusted_proxies"], "{network}");
        }
        server.trusted_proxies =
            vec!["10.0.0.0/8".parse().unwrap(), "fd00:1::/64".parse().unwrap()];
        assert_eq!(server.validate(), []);
    }

    #[test]
    fn metrics_have_a_port_of_their_own() {
        let mut server = with_public_url("https://a.example");
        server.metrics_listen = Some(server.listen);
        assert_eq!(refused_keys(&server), ["server.metrics_listen"]);
    }
}
