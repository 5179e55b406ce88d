//! Configuration of a mail sink.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use crate::clock;

/// Configuration of a mail sink.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on; port 0 picks a free port.
    pub listen: SocketAddr,
    /// Folder of the mails, created if absent.
    pub data: PathBuf,
    /// Maximum size of a mail, in bytes.
    pub max_message_bytes: usize,
    /// Maximum number of recipients per mail.
    pub max_recipients: usize,
    /// Maximum number of connections; further ones are refused with 421.
    pub max_connections: usize,
    /// Number of newest mails that can be listed and read. Older ones stay in the file.
    pub max_listed: usize,
    /// Whether an address can request its own refusal, with any 4xx or 5xx code: `ada+550@…` is
    /// always refused, `ada+451@…` only at its first attempt. Off by default.
    pub may_refuse_by_address: bool,
    /// Timeout for a command, or for the next part of a mail.
    pub idle_timeout: Duration,
    /// Timeout for a whole mail.
    pub mail_timeout: Duration,
    /// Returns the time in milliseconds since the Unix epoch.
    pub now_unix_ms: fn() -> i64,
}

impl Config {
    /// Default limits, which no regular client reaches.
    pub fn new(listen: SocketAddr, data: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            data: data.into(),
            max_message_bytes: 10 * 1024 * 1024,
            max_recipients: 100,
            max_connections: 256,
            max_listed: 10_000,
            may_refuse_by_address: false,
            idle_timeout: Duration::from_mins(5),
            mail_timeout: Duration::from_mins(10),
            now_unix_ms: clock::system,
        }
    }
}
