//! Kafka through librdkafka: the worker loop, the producer, followers, and whole-topic scans.
//!
//! A trap kept out by construction: a `TopicPartitionList` that is alive while its consumer drops
//! blocks for ever. No list leaves the function that made it; what is kept is plain
//! (topic, partition, offset).

mod caught_up;
mod client;
mod cluster;
mod commit;
mod error;
mod follow;
mod lag;
mod message;
mod names;
mod producer;
mod reach;
mod scan;
mod serving;
mod topics;
mod tracker;
mod watermarks;
mod worker;

pub use caught_up::CaughtUp;
pub use client::KafkaConfig;
pub use error::KafkaError;
pub use follow::{Start, follow};
pub use lag::GroupLag;
pub use message::Scanned;
pub use producer::KafkaPublisher;
pub use reach::Reach;
pub use scan::Scanner;
pub use topics::{create_topics, topic_names};
pub use worker::{Counters, Worker};
