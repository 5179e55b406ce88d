//! What a gateway is started with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::clock;
use crate::endpoint::Webhooks;
use crate::faults::Faults;

/// What a gateway is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The folder of the ledger, made when it is absent.
    pub data: PathBuf,
    /// How long an idempotency key is remembered.
    pub key_lifetime: Duration,
    /// The faults to begin with; `PUT /_faults` changes them later.
    pub faults: Faults,
    /// Where events are sent; `PUT /_webhooks` changes it later. Without one, what an endpoint set
    /// before is still to be told waits until there is one again.
    pub webhooks: Option<Webhooks>,
    /// The time in milliseconds since the Unix epoch.
    pub now_unix_ms: fn() -> i64,
}

impl Config {
    /// A gateway without faults and webhooks that forgets keys after 24 hours, as Stripe may.
    pub fn new(listen: SocketAddr, data: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            data: data.into(),
            key_lifetime: Duration::from_hours(24),
            faults: Faults::default(),
            webhooks: None,
            now_unix_ms: clock::system,
        }
    }
}
