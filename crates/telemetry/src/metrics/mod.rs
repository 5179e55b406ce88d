//! Metrics: a list of them, what they hold, and how they are read.

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
    value::{Counter, Gauge, Histogram, OneMore, Sum, Value},
};
