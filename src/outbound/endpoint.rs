//! Where a call may lead. Phones and admins name addresses, and the service calls them from inside the operator's
//! network: nothing in there must be within reach.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use ipnet::IpNet;
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use tokio::net::lookup_host;
use url::Host;

use super::public_address::is_public;

/// Why an address is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdmitted {
    /// It has not the form of one: https, a host, no name and password.
    Malformed,
    /// It is inside.
    Forbidden,
}

/// For the log alone: whoever named the host must not be able to tell it from one that nobody has, or they could ask
/// what the operator's names mean.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the host has an address that may not be connected to")]
struct ForbiddenHost;

/// Lets connections out to public addresses and to those that the operator allows.
#[derive(Clone, Debug)]
pub struct Guard(Arc<[IpNet]>);

impl Guard {
    /// One that also admits addresses of these networks.
    #[must_use]
    pub fn new(allowed: &[IpNet]) -> Self {
        Self(allowed.into())
    }

    /// The endpoint as a URL, if it has the form of one. A host that is a name is judged when it is looked
    /// up for the connection, and at no other time: its addresses can change in between.
    ///
    /// # Errors
    /// It may not be called.
    pub fn admit(&self, endpoint: &str) -> Result<Url, NotAdmitted> {
        let url: Url = endpoint.parse().map_err(|_| NotAdmitted::Malformed)?;
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(NotAdmitted::Malformed),
        };
        let bare = url.username().is_empty() && url.password().is_none();
        if url.scheme() != "https" || !bare {
            return Err(NotAdmitted::Malformed);
        }
        if address.is_some_and(|address| !self.allows(address)) {
            return Err(NotAdmitted::Forbidden);
        }
        Ok(url)
    }

    fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.0.iter().any(|network| network.contains(&address))
    }

    /// All of them, or none: a name that leads inside too is not half a friend.
    fn judge(&self, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, ForbiddenHost> {
        let allowed = found.iter().all(|address| self.allows(address.ip()));
        if allowed { Ok(found) } else { Err(ForbiddenHost) }
    }
}

/// The connection is made to what was judged.
impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = lookup_host((name.as_str(), 0)).await?.collect();
            let judged = guard.judge(found).inspect_err(|why| {
                tracing::warn!(host = name.as_str(), %why, "an address that somebody gave leads inside");
            })?;
            Ok(Box::new(judged.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allowed: &[&str]) -> Guard {
        let allowed: Vec<_> = allowed.iter().map(|network| network.parse().unwrap()).collect();
        Guard::new(&allowed)
    }

    #[test]
    fn an_address_is_judged_however_it_is_written() {
        for host in [
            "127.0.0.1",
            "127.1",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "2130706433",
            "10.0.0.1:8443",
            "169.254.169.254",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[fe80::1]",
            "[fd00::1]",
            "100.64.0.1",
            "0.0.0.0",
        ] {
            let refused = guard(&[]).admit(&format!("https://{host}/push/x"));
            assert_eq!(refused, Err(NotAdmitted::Forbidden), "{host}");
        }
        assert!(guard(&[]).admit("https://1.1.1.1/push/x").is_ok());
        assert!(guard(&["127.0.0.0/8"]).admit("https://[::ffff:127.0.0.1]/").is_ok());
    }

    #[test]
    fn an_endpoint_is_https_and_names_nobody() {
        for endpoint in [
            "http://push.example.com/x",
            "https://u:p@push.example.com/",
            "https://u@a/",
            "x",
            "",
            "data:,x",
        ] {
            let refused = guard(&["0.0.0.0/0"]).admit(endpoint);
            assert_eq!(refused, Err(NotAdmitted::Malformed), "{endpoint}");
        }
        assert!(guard(&[]).admit("https://push.example.com/wpush/v2/x").is_ok());
    }

    #[test]
    fn one_forbidden_address_of_a_name_forbids_the_name() {
        let found = |addresses: &[&str]| -> Vec<SocketAddr> {
            addresses.iter().map(|address| (address.parse::<IpAddr>().unwrap(), 0).into()).collect()
        };
        assert!(guard(&[]).judge(found(&["1.1.1.1", "2606:4700::1111"])).is_ok());
        assert!(guard(&[]).judge(found(&["1.1.1.1", "10.0.0.1"])).is_err());
        assert!(guard(&["10.0.0.0/24"]).judge(found(&["1.1.1.1", "10.0.0.1"])).is_ok());
        assert!(guard(&["10.0.0.0/24"]).judge(found(&["10.0.1.1"])).is_err());
    }
}
