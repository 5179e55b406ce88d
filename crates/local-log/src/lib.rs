//! A durable single-node log that speaks the Kafka protocol.
//!
//! One process, one data folder. Clients of Apache Kafka connect to it unchanged; where the two
//! differ, Apache Kafka is right.
//!
//! What it promises:
//! - An acknowledged record is on the disk, for `acks=all` and `acks=1` alike, and no reader sees
//!   a record before it is. Whoever sets `fsync` to false gives up the first part.
//! - Batches are stored as received; an idempotent producer's retries are stored once.
//! - Groups keep generation, members and offsets over a restart.
//! - A torn tail is cut off at start. Damage elsewhere is noted and served as such: readers learn
//!   which offsets are corrupt, and read on after them.
//! - Topics are deleted, kept for a time or up to a size, or compacted, as their settings say; what
//!   a crash interrupts is finished at the next start.
//!
//! What it does not have: replicas, transactions, access control, encryption.
//!
//! A request goes from `server` (frames, order, limits) through `api` (one file each) to `storage`
//! (partitions, the flusher) or `groups` (pure decisions, and a journal).

mod api;
mod broker;
mod cleaner;
mod config;
mod error;
mod groups;
mod log;
mod memory;
mod producer_ids;
mod server;
mod settings;
mod storage;
mod topics;
mod trouble;

pub use config::Config;
pub use error::StartError;
pub use log::{DamagedRange, LocalLog};
