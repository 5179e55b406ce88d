//! The client address that rate limits count.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, Request, request::Parts},
};

/// An IPv4 address, or the /64 network of an IPv6 address: providers assign at least that to one
/// customer (RFC 6177).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

/// The network bits of an IPv6 address.
const NETWORK: u128 = !0 << 64;

impl From<IpAddr> for ClientAddress {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(ip) if !ip.is_loopback() => {
                IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & NETWORK))
            }
            other => other,
        })
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V6(ip) if !ip.is_loopback() => write!(f, "{ip}/64"),
            address => address.fmt(f),
        }
    }
}

impl ClientAddress {
    /// True for loopback. Behind an undeclared local proxy, every request comes from there.
    pub fn is_this_machine(self) -> bool {
        self.0.is_loopback()
    }
}

/// The client address of a request; unspecified without a connection.
pub(super) fn client_address<B>(request: &Request<B>) -> ClientAddress {
    address_in(request.extensions())
}

/// The client address of a request's head.
pub(super) fn client_address_of_parts(parts: &Parts) -> ClientAddress {
    address_in(&parts.extensions)
}

fn address_in(extensions: &Extensions) -> ClientAddress {
    let from = extensions.get::<ConnectInfo<SocketAddr>>();
    let nowhere = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    from.map_or(nowhere, |ConnectInfo(from)| from.ip()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_are_one_source() {
        let address = |text: &str| ClientAddress::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff::9"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
        assert_eq!(address("2001:db8:1:2::1").to_string(), "2001:db8:1:2::/64");
        assert_eq!(address("192.0.2.1").to_string(), "192.0.2.1");
        assert!(address("::1").is_this_machine() && address("::ffff:127.0.0.1").is_this_machine());
        assert!(!address("::2").is_this_machine());
    }
}
