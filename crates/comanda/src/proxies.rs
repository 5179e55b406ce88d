//! The client's address of a request behind proxies.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The header to whose end each proxy appends the address of its peer.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Trusted proxies, whose `X-Forwarded-For` is used; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proxies(Vec<IpNet>);

impl FromStr for Proxies {
    type Err = String;

    /// Addresses and networks with commas between them: `127.0.0.1, 10.0.0.0/8`.
    fn from_str(text: &str) -> Result<Self, String> {
        let network = |part: &str| {
            let address = part.parse::<IpAddr>().map(IpNet::from).ok();
            let wrong = || format!("{part:?} must be an address or a network, such as 10.0.0.0/8");
            address.or_else(|| part.parse().ok()).ok_or_else(wrong)
        };
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl Proxies {
    /// Whether an address is a trusted proxy.
    pub(crate) fn is_trusted(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// The address of the client: the last one in the chain that is no trusted proxy. Anyone may
    /// have written the part of the header before it.
    pub(crate) fn client_address(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        let mut client = peer;
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let addresses = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        for address in addresses.map(|address| address.trim().parse::<IpAddr>()) {
            let Ok(address) = address else { break };
            if !self.is_trusted(client.ip()) {
                break;
            }
            client = SocketAddr::new(address, 0);
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        proxies.parse::<Proxies>().unwrap().client_address(peer, &headers).ip().to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let ada = "192.0.2.7";
        assert_eq!(client("", "10.0.0.1", &[ada]), "10.0.0.1", "no proxy is ours");
        assert_eq!(client("10.0.0.1", "10.0.0.2", &[ada]), "10.0.0.2", "not this one");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[ada]), ada);
        assert_eq!(client("10.0.0.0/8", "::ffff:10.0.0.1", &[ada]), ada);
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[]), "10.0.0.1", "it says nothing");
    }

    #[test]
    fn a_header_written_by_a_client_is_ignored() {
        let forwarded = ["6.6.6.6, 192.0.2.7"];
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &forwarded), "192.0.2.7");
        let two = ["6.6.6.6, 192.0.2.7", "10.0.0.9"];
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &two), "192.0.2.7", "through two of ours");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["192.0.2.7, nonsense"]), "10.0.0.1");
    }

    #[test]
    fn a_wrong_list_is_named() {
        let wrong = "10.0.0.0/8, my proxy".parse::<Proxies>().unwrap_err();
        assert!(wrong.contains("my proxy"), "{wrong}");
        assert_eq!(" ".parse(), Ok(Proxies::default()));
    }
}
