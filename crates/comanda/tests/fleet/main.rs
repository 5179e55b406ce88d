//! Services in processes of their own on a Kafka cluster and PostgreSQL: scaling out and in, and
//! crashes. The tests share brokers and database server, so they run one at a time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::print_stderr, reason = "cargo shows it if it fails")]
#![allow(clippy::large_futures, reason = "a test is one future, and one at a time")]

#[path = "../common/mod.rs"]
mod common;

mod brokers;
mod crashes;
mod database;
mod mixed;
mod proxy;
mod scale_out;
mod secure;
mod storefronts;
mod zombie;
