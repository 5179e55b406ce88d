//! What a mail sink is started with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::clock;

/// What a mail sink is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The folder of the mails, made when it is absent.
    pub data: PathBuf,
    /// The largest mail taken, in bytes.
    pub max_message_bytes: usize,
    /// The most recipients of one mail.
    pub max_recipients: usize,
    /// The most connections at once; further ones are turned away.
    pub max_connections: usize,
    /// How many of the newest mails can be listed and read. Older ones stay in the file.
    pub max_listed: usize,
    /// Refuse recipients whose address asks for it: `ada+550@…` for good, and `ada+451@…` at its
    /// first attempt, with any code of 4xx or 5xx. Off unless it is turned on.
    pub refuse_as_asked: bool,
    /// How long a client may take for a command, or for the next part of a mail.
    pub idle: Duration,
    /// How long a client may take for a whole mail.
    pub mail_time: Duration,
    /// The time in milliseconds since the Unix epoch.
    pub now_unix_ms: fn() -> i64,
}

impl Config {
    /// A sink with bounds that no honest client meets.
    pub fn new(listen: SocketAddr, data: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            data: data.into(),
            max_message_bytes: 10 * 1024 * 1024,
            max_recipients: 100,
            max_connections: 256,
            max_listed: 10_000,
            refuse_as_asked: false,
            idle: Duration::from_mins(5),
            mail_time: Duration::from_mins(10),
            now_unix_ms: clock::system,
        }
    }
}
