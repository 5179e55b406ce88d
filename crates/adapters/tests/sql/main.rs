//! What every database must do, on real files. The checks know only ports and [`Database`], so
//! another database is one more address in [`common::addresses`].

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

mod board;
mod common;
mod decisions;
mod facts;
mod mails;
mod payments;
mod reopen;
mod reports;
mod status;
