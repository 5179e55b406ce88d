//! What a log is told at start.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where to listen, where to store, and the limits that keep the log bounded.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on; port 0 takes any free port.
    pub listen: SocketAddr,
    /// Folder that holds everything the log stores.
    pub data: PathBuf,
    /// Whether an acknowledgement waits until the records are on the disk.
    pub fsync: bool,
    /// Whether asking for an unknown topic creates it.
    pub auto_create_topics: bool,
    /// Partitions of a topic whose creator leaves the number open.
    pub default_partitions: i32,
    /// Largest number of partitions over all topics.
    pub max_partitions: usize,
    /// Size at which a partition starts a new segment file.
    pub segment_bytes: u64,
    /// How long records are kept, unless the topic says otherwise (`retention.ms`); -1: for ever.
    pub retention_ms: i64,
    /// Time between two looks for old records to delete or compact.
    pub cleaner_interval: Duration,
    /// Keys a compaction keeps in memory at once; some 50 bytes each. More take more rounds.
    pub max_compaction_keys: usize,
    /// Largest record batch, unless the topic says otherwise (`max.message.bytes`).
    pub max_message_bytes: usize,
    /// Largest produce request; a larger one closes its connection.
    pub max_request_bytes: usize,
    /// Largest amount of records in one fetch response, whatever the client asks for.
    pub max_fetch_bytes: usize,
    /// Memory that requests being read and responses being written may take together.
    pub max_in_flight_bytes: usize,
    /// Largest number of open connections; further ones are closed at once.
    pub max_connections: usize,
    /// How long a connection may do nothing and wait for nothing before it is closed.
    pub max_idle: Duration,
    /// Files of partitions that are kept open at a time; others are opened when they are needed.
    pub max_open_files: usize,
    /// How long the rest of a request may take to go on arriving.
    pub stalled_request: Duration,
    /// Largest number of consumer groups.
    pub max_groups: usize,
    /// Largest number of members of one consumer group.
    pub max_group_members: usize,
    /// Shortest session time-out a group member may ask for.
    pub min_session_timeout_ms: i32,
    /// Longest session time-out a group member may ask for.
    pub max_session_timeout_ms: i32,
    /// How long an empty group waits for more members before its first generation.
    pub initial_rebalance_delay_ms: u64,
}

impl Config {
    /// The default limits, with every acknowledgement on the disk.
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
            stalled_request: Duration::from_secs(30),
            max_groups: 10_000,
            max_group_members: 1_000,
            min_session_timeout_ms: 6_000,
            max_session_timeout_ms: 1_800_000,
            initial_rebalance_delay_ms: 100,
        }
    }
}
