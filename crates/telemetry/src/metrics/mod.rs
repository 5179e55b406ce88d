//! Metrics: their list, their values, and their text formats.

mod family;
mod list;
mod page;
mod text;
mod value;

pub use self::{
    family::{Description, Family},
    list::*,
    page::page,
    text::{Format, text},
    value::{CountedItem, Counter, Gauge, Histogram, Sum, Value, switch_off},
};
