//! A durable single-node log that speaks the Kafka protocol.
//!
//! One process, one data folder. Clients of Apache Kafka connect to it unchanged; where its
//! behaviour differs from Apache Kafka's, that is a bug in this log.
//!
//! Guarantees:
//! - An acknowledged record is on disk, for `acks=all` and `acks=1` alike, and no reader sees a
//!   record before it is. With `fsync` off, a power cut may lose acknowledged records.
//! - Batches are stored as received; an idempotent producer's retries are stored once.
//! - Groups keep their generation, members and offsets across restarts.
//! - A torn tail is truncated at start. Damage elsewhere is recorded and served as corrupt:
//!   readers learn which offsets are lost and continue after them.
//! - Topic settings control deletion by age or size and compaction; work interrupted by a crash
//!   is finished at the next start.
//!
//! Not supported: replicas, transactions, access control, encryption.
//!
//! A request passes from `server` (framing, ordering, limits) through `api` (one file per API key)
//! to `storage` (partitions, the flusher) or `groups` (pure decisions and a journal).

mod api;
mod broker;
mod cleaner;
mod config;
mod groups;
mod log;
mod memory;
mod producer_ids;
mod server;
mod settings;
mod storage;
mod throttled_log;
mod topics;

pub use config::Config;
pub use log::{DamagedRange, LocalLog};
pub use stand_in::{Position, StartError};
