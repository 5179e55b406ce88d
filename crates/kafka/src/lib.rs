//! Kafka through librdkafka: the worker loop, the producer, followers, and whole-topic scans.
//!
//! A trap kept out by construction: a `TopicPartitionList` that is alive while its consumer drops
//! blocks for ever. No list leaves the function that made it; what is kept is plain
//! (topic, partition, offset).

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
mod raw;
mod reach;
mod remembered;
mod scan;
mod serving;
mod standing;
mod topics;
mod tracker;
mod unreadable;
mod watermarks;
mod worker;

pub use caught_up::CaughtUp;
pub use client::KafkaConfig;
pub use ends::Ends;
pub use error::KafkaError;
pub use follow::{Following, Start, follow};
pub use lag::GroupLag;
pub use message::Scanned;
pub use probe::is_probing;
pub use producer::KafkaPublisher;
pub use reach::Reach;
pub use scan::Scanner;
pub use standing::{At, Stall, Standing, Waiting};
pub use topics::{create_topics, topic_names};
pub use unreadable::Unreadable;
pub use worker::{Counters, Worker};
