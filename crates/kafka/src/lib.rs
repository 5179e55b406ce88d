//! Kafka through librdkafka: the worker loop, the producer, followers, and whole-topic scans.
//!
//! A known trap is avoided by construction: a `TopicPartitionList` that outlives its consumer
//! blocks for ever when the consumer is dropped. No list leaves the function that created it;
//! stored values are plain (topic, partition, offset).

mod batches;
mod caught_up;
mod client;
mod cluster;
mod commit;
mod ends;
mod error;
mod follow;
mod gaps;
mod lag;
mod message;
mod names;
mod probe;
mod producer;
mod range_cache;
mod raw;
mod scan;
mod serving;
mod stall;
mod topic_offsets;
mod topics;
mod tracker;
mod unreadable;
mod watermarks;
mod worker;

pub use caught_up::CatchUpMonitor;
pub use client::KafkaConfig;
pub use ends::Ends;
pub use error::KafkaError;
pub use follow::{FollowOptions, Start, follow};
pub use lag::GroupLag;
pub use message::{ScannedRecord, is_reading_header};
pub use probe::is_probing;
pub use producer::KafkaPublisher;
pub use scan::Scanner;
pub use stall::{Stall, StallMonitor, StallPoint, WaitGuard};
pub use topic_offsets::TopicOffsets;
pub use topics::{create_topics, topic_names};
pub use unreadable::Unreadable;
pub use worker::{Counters, Worker};
