//! A durable single-node log that speaks the Kafka protocol.
//!
//! One process, one data folder, no replication and no transactions. Clients of Apache Kafka
//! connect to it unchanged; where the two differ, Apache Kafka is right.
//!
//! An acknowledged record is on the disk, and no reader sees a record before it is.

mod api;
mod broker;
mod config;
mod error;
mod groups;
mod log;
mod producer_ids;
mod server;
mod settings;
mod storage;
mod topics;

pub use config::Config;
pub use error::StartError;
pub use log::LocalLog;
