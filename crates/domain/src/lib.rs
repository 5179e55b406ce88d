//! The rules of ordering.
//!
//! This crate has no I/O, clocks, randomness, serialisation or async code: a rule takes values and
//! returns a value, so its tests need no runtime. The one exception is [`ports`], which declares
//! what adapters must provide.

pub mod books;
pub mod business_day;
pub mod cart;
pub mod causes;
pub mod changes;
pub mod day_time;
pub mod facts;
pub mod hours;
pub mod ids;
pub mod kitchen;
pub mod language;
pub mod menu;
pub mod money;
mod names;
pub mod number;
pub mod order;
pub mod payment;
pub mod payment_method;
pub mod ports;
pub mod restaurant;
pub mod seller;
pub mod staff;
pub mod status;
pub mod stock;
pub mod tax;
pub mod text;
pub mod trace;
pub mod violation;

#[cfg(any(test, feature = "fixtures"))]
pub mod fixtures;
