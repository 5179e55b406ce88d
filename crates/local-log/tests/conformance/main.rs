//! Conformance tests: the same tests, with the same assertions, run on the local log and on Apache
//! Kafka.
//!
//! The `apache_kafka` tests need a cluster at `TEST_KAFKA_BROKERS`, those of external clients the
//! programs they name; `cargo xtask test` provides both.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::print_stderr, reason = "cargo shows it if it fails")]
#![allow(unreachable_pub, reason = "a test has no users")]

#[path = "../log/support/mod.rs"]
#[allow(dead_code, reason = "the log's own tests use the rest")]
mod support;
use support::wire;

mod engine;
mod member;
mod peer;

mod batches;
mod changes;
mod cleaning;
mod console;
mod deletion;
mod fencing;
mod fetching;
mod groups;
mod kcat;
mod offsets;
mod python;
mod records;
mod settings;
mod static_members;
mod topics;
mod unreadable;
