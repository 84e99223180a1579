//! The caller's network address, as it is shown and signed.

use std::{
    future::{Ready, ready},
    net::{IpAddr, Ipv6Addr},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::HeaderMap, web};
use ipnet::IpNet;

use super::{Edge, ForwardingHeader, HttpFailure};
use crate::domain::Failure;

/// Which neighbours are believed about who stands behind them.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    /// Networks of our own proxies. Empty: nobody is believed, the peer is the caller.
    pub networks: Vec<IpNet>,
    /// The header they write.
    pub header: ForwardingHeader,
}

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The nearest address that is not ours: the peer, or what our proxies say about it, read from the right.
    /// Whatever stands left of it was written by strangers.
    ///
    /// Where a proxy of ours hides the hop before it, the caller is as unknown as the proxy says, and the
    /// proxy's own address stands for it.
    #[must_use]
    pub fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut caller = peer.to_canonical();
        let mut hops = self.header.hops(headers);
        while self.trusts(caller) {
            match hops.next() {
                Some(Some(hop)) => caller = hop,
                Some(None) | None => break,
            }
        }
        caller
    }
}

/// The caller's network address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(pub IpAddr);

impl Address {
    /// The network that limits count by: the address itself, or its /64 where one subscriber commonly has all of
    /// it (RFC 6177 section 2).
    #[must_use]
    pub fn subscriber(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => {
                Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
            }
        }
    }
}

impl FromRequest for Address {
    type Error = HttpFailure;
    type Future = Ready<Result<Self, HttpFailure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let peer = request.peer_addr().map(|peer| peer.ip());
        let edge = request.app_data::<web::Data<Edge>>();
        ready(match (peer, edge) {
            (Some(peer), Some(edge)) => Ok(Self(edge.proxies.caller(peer, request.headers()))),
            _ => Err(Failure::Fault("a request without a peer address or an edge".into()).into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn caller(trusted: &[&str], peer: &str, forwarded_for: &[&str]) -> String {
        let networks = trusted.iter().map(|network| network.parse().unwrap()).collect();
        let proxies = TrustedProxies { networks, header: ForwardingHeader::XForwardedFor };
        let request = forwarded_for.iter().fold(TestRequest::get(), |request, line| {
            request.append_header(("x-forwarded-for", *line))
        });
        let headers = request.to_http_request();
        proxies.caller(peer.parse().unwrap(), headers.headers()).to_string()
    }

    #[test]
    fn without_proxies_the_peer_is_the_caller_whatever_it_writes() {
        assert_eq!(caller(&[], "192.0.2.9", &["203.0.113.5"]), "192.0.2.9");
    }

    #[test]
    fn a_forged_header_of_an_untrusted_peer_is_ignored() {
        assert_eq!(caller(&["10.0.0.0/8"], "192.0.2.9", &["203.0.113.5"]), "192.0.2.9");
    }

    #[test]
    fn a_trusted_proxy_is_believed_about_the_hop_before_it_only() {
        let forged = "203.0.113.5, 192.0.2.9";
        assert_eq!(caller(&["10.0.0.0/8"], "10.1.1.1", &[forged]), "192.0.2.9");
        assert_eq!(caller(&["10.0.0.0/8"], "10.1.1.1", &["203.0.113.5", "192.0.2.9"]), "192.0.2.9");
    }

    #[test]
    fn a_chain_of_proxies_is_walked_to_the_first_stranger() {
        let chain = "203.0.113.5, 192.0.2.9, 10.2.2.2";
        assert_eq!(caller(&["10.0.0.0/8"], "10.1.1.1", &[chain]), "192.0.2.9");
    }

    #[test]
    fn a_forged_own_address_does_not_hide_the_stranger_behind_it() {
        let chain = "10.9.9.9, 192.0.2.9";
        assert_eq!(caller(&["10.0.0.0/8"], "10.1.1.1", &[chain]), "192.0.2.9");
    }

    #[test]
    fn a_hidden_hop_ends_the_walk_at_the_proxy() {
        assert_eq!(caller(&["10.0.0.0/8"], "10.1.1.1", &["203.0.113.5, unknown"]), "10.1.1.1");
        assert_eq!(caller(&["10.0.0.0/8"], "10.1.1.1", &[]), "10.1.1.1");
    }

    #[test]
    fn only_the_named_header_is_read() {
        let proxies = TrustedProxies {
            networks: vec!["10.0.0.0/8".parse().unwrap()],
            header: ForwardingHeader::XForwardedFor,
        };
        let request = TestRequest::get()
            .insert_header(("forwarded", "for=203.0.113.5"))
            .insert_header(("x-forwarded-for", "192.0.2.9"))
            .to_http_request();
        let caller = proxies.caller("10.1.1.1".parse().unwrap(), request.headers());
        assert_eq!(caller.to_string(), "192.0.2.9");
    }

    #[test]
    fn limits_count_an_ipv6_subscriber_once() {
        let subscriber = |text: &str| Address(text.parse().unwrap()).subscriber().to_string();
        assert_eq!(subscriber("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(subscriber("192.0.2.9"), "192.0.2.9");
    }

    #[test]
    fn a_mapped_peer_is_the_ipv4_address_it_maps() {
        assert_eq!(caller(&["10.0.0.0/8"], "::ffff:10.1.1.1", &["192.0.2.9"]), "192.0.2.9");
        assert_eq!(caller(&[], "::ffff:192.0.2.9", &[]), "192.0.2.9");
    }
}
