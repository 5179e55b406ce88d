//! Mails over the wire: to the mail sink, to servers that misbehave by script, and to a real one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod common;
mod faults;
mod hostile;
mod pool;
mod real;
mod script;
