//! Every handler, with every record delivered twice and every effect failing before and after.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

#[path = "../common/mod.rs"]
mod common;

mod analytics;
mod email;
mod inputs;
mod orders;
mod orders_interleaved;
mod stock;
mod stock_levels;
mod transactions;
