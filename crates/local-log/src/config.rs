//! Configuration of a log.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// Address, data folder and limits of a log.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on; port 0 picks a free port.
    pub listen: SocketAddr,
    /// Data folder.
    pub data: PathBuf,
    /// Whether records are synced to disk before they are acknowledged.
    pub fsync: bool,
    /// Whether a metadata request for an unknown topic creates it (`auto.create.topics.enable`).
    pub auto_create_topics: bool,
    /// Partitions of a topic created without a partition count (`num.partitions`).
    pub default_partitions: i32,
    /// Maximum number of partitions, summed over all topics.
    pub max_partitions: usize,
    /// Size at which a partition rolls to a new segment, unless the topic sets `segment.bytes`.
    pub segment_bytes: u64,
    /// How long records are kept, unless the topic sets `retention.ms`; -1 keeps them forever.
    pub retention_ms: i64,
    /// Interval between two rounds of the cleaner.
    pub cleaner_interval: Duration,
    /// Maximum number of keys in memory during a compaction, about 50 bytes each; further keys
    /// take further rounds.
    pub max_compaction_keys: usize,
    /// Maximum size of a record batch, unless the topic sets `max.message.bytes`.
    pub max_message_bytes: usize,
    /// Maximum size of a produce request; a larger one closes its connection.
    pub max_request_bytes: usize,
    /// Upper bound on the records in one fetch response (`fetch.max.bytes`).
    pub max_fetch_bytes: usize,
    /// Memory budget shared by requests being read and responses being written.
    pub max_in_flight_bytes: usize,
    /// Maximum number of open connections; further ones are closed at once.
    pub max_connections: usize,
    /// Idle timeout of a connection (`connections.max.idle.ms`); a connection with a request in
    /// flight is not idle.
    pub max_idle: Duration,
    /// Maximum number of segment files kept open for appending; others are opened on demand.
    pub max_open_files: usize,
    /// Timeout for a request whose remaining bytes stop arriving.
    pub request_stall_timeout: Duration,
    /// Maximum number of consumer groups.
    pub max_groups: usize,
    /// Maximum number of members of one consumer group (`group.max.size`).
    pub max_group_members: usize,
    /// Minimum session timeout of a group member (`group.min.session.timeout.ms`).
    pub min_session_timeout_ms: i32,
    /// Maximum session timeout of a group member (`group.max.session.timeout.ms`).
    pub max_session_timeout_ms: i32,
    /// How long an empty group waits for further members before its first generation
    /// (`group.initial.rebalance.delay.ms`).
    pub initial_rebalance_delay_ms: u64,
}

impl Config {
    /// Default limits, with `fsync` on.
    pub fn new(listen: SocketAddr, data: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            data: data.into(),
            fsync: true,
            auto_create_topics: false,
            default_partitions: 1,
            max_partitions: 20_000,
            segment_bytes: 256 << 20,
            retention_ms: 7 * 24 * 3_600_000,
            cleaner_interval: Duration::from_secs(15),
            max_compaction_keys: 500_000,
            max_message_bytes: (1 << 20) + 12,
            max_request_bytes: 100 << 20,
            max_fetch_bytes: 16 << 20,
            max_in_flight_bytes: 512 << 20,
            max_connections: 1_000,
            max_idle: Duration::from_mins(10),
            max_open_files: 256,
            request_stall_timeout: Duration::from_secs(30),
            max_groups: 10_000,
            max_group_members: 1_000,
            min_session_timeout_ms: 6_000,
            max_session_timeout_ms: 1_800_000,
            initial_rebalance_delay_ms: 100,
        }
    }
}
