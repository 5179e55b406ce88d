//! The platform from outside: the real binary, its real log, gateway and mailbox. Every test ends
//! with the audit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::print_stderr, reason = "cargo shows it if it fails")]

#[path = "../common/mod.rs"]
mod common;

mod analytics;
mod audit;
mod authentication;
mod books;
mod cancel;
mod chaos;
mod command_line;
mod contract;
mod crash;
mod currencies;
mod data_folder;
mod dead_letters;
mod declined;
mod environment;
mod event_types;
mod faults;
mod fenced;
mod foreign_orders;
mod gateway;
mod idempotency;
mod journey;
mod kafka_settings;
mod kitchen;
mod live;
mod load;
mod mail;
mod menu;
mod metrics;
mod oversized;
mod partitions;
mod restart;
mod secrets;
mod security;
mod signals;
#[cfg(feature = "otel")]
mod spans;
mod staff;
mod stalls;
mod stock;
mod traces;
mod unreadable;
