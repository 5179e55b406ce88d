//! Mails to the mail sink, to scripted faulty servers, and to a real server.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod common;
mod faults;
mod hostile;
mod pool;
mod real;
mod script;
