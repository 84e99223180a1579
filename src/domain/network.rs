//! Whether a phone and a workstation are seen in the same network.

use std::net::{IpAddr, Ipv6Addr};

/// True if both addresses leave through the same network: equal IPv4 addresses (one NAT), or one IPv6 /64
/// (RFC 4291 section 2.5.4: the subnet). Addresses that can't be read are never the same.
#[must_use]
pub fn same_network(one: &str, other: &str) -> bool {
    match (one.parse::<IpAddr>(), other.parse::<IpAddr>()) {
        (Ok(IpAddr::V4(one)), Ok(IpAddr::V4(other))) => one == other,
        (Ok(IpAddr::V6(one)), Ok(IpAddr::V6(other))) => subnet(one) == subnet(other),
        _ => false,
    }
}

fn subnet(address: Ipv6Addr) -> [u16; 4] {
    let [a, b, c, d, ..] = address.segments();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::same_network;

    #[test]
    fn one_nat_or_one_subnet_is_one_network() {
        assert!(same_network("198.51.100.7", "198.51.100.7"));
        assert!(!same_network("198.51.100.7", "198.51.100.8"));
        assert!(same_network("2001:db8:0:1::7", "2001:db8:0:1:ffff::8"));
        assert!(!same_network("2001:db8:0:1::7", "2001:db8:0:2::7"));
        assert!(!same_network("198.51.100.7", "2001:db8::1"));
        assert!(!same_network("", ""));
    }
}
