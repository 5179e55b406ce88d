//! The rules of ordering, and nothing else.
//!
//! What is absent, on purpose: I/O, clocks, randomness, serialisation and async code. A rule takes
//! values and returns a value, so it can be tested without a runtime and read without a stack.
//! The one exception is [`ports`], which only *names* what the outside world must be able to do.

pub mod cart;
pub mod changes;
pub mod facts;
pub mod hours;
pub mod ids;
pub mod kitchen;
pub mod language;
pub mod menu;
pub mod money;
mod names;
pub mod order;
pub mod payment;
pub mod ports;
pub mod restaurant;
pub mod staff;
pub mod status;
pub mod stock;
pub mod text;
pub mod trace;
pub mod violation;

#[cfg(any(test, feature = "fixtures"))]
pub mod fixtures;
