//! Configuration of a gateway.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use crate::{clock, endpoint::Webhooks, faults::Faults};

/// Configuration of a gateway.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on; port 0 picks a free port.
    pub listen: SocketAddr,
    /// Folder of the ledger, created if absent.
    pub data: PathBuf,
    /// Lifetime of an idempotency key.
    pub key_lifetime: Duration,
    /// Initial faults; `PUT /_faults` changes them.
    pub faults: Faults,
    /// Initial webhook endpoint; `PUT /_webhooks` changes it. Without one, undelivered events of an
    /// earlier endpoint wait until an endpoint is set again.
    pub webhooks: Option<Webhooks>,
    /// Address at which browsers reach the gateway, such as `https://gateway.example`; by default
    /// the address it listens on. The pages of banks are there.
    pub public_url: Option<String>,
    /// Returns the time in milliseconds since the Unix epoch.
    pub now_unix_ms: fn() -> i64,
}

impl Config {
    /// No faults, no webhooks, and a key lifetime of 24 hours, the minimum of Stripe.
    pub fn new(listen: SocketAddr, data: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            data: data.into(),
            key_lifetime: Duration::from_hours(24),
            faults: Faults::default(),
            webhooks: None,
            public_url: None,
            now_unix_ms: clock::system,
        }
    }
}
