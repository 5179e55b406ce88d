//! Every handler, with every record delivered twice and every effect failing before and after.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

#[path = "../common/mod.rs"]
mod common;

mod accepted;
mod analytics;
mod authentication;
mod called_off;
mod email;
mod email_checking;
mod email_waiting;
mod inputs;
mod not_verified;
mod numbers;
mod orders;
mod orders_interleaved;
mod part_refunds;
mod refunds;
mod stock;
mod stock_levels;
mod timers;
mod transactions;
