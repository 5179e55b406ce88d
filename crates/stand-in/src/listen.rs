//! Listening on an address.

use std::{io, net::SocketAddr};

use tokio::net::TcpListener;

use crate::StartError;

/// Listens on an address; with port 0, the returned address has the actual port.
pub async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::AddressInUse(address),
        _ => StartError::Listen { address, source },
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let actual = listener.local_addr().map_err(failed)?;
    Ok((listener, actual))
}
