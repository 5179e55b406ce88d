//! Metrics: their list, their values, and their text formats.

mod family;
mod list;
mod page;
mod text;
mod value;

pub use self::{
    family::{About, Family},
    list::*,
    page::page,
    text::{Format, text},
    value::{Counter, Gauge, Histogram, OneMore, Sum, Value, switch_off},
};
