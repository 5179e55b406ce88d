//! Charts, drawn on the server: bars that start at zero, labelled directly. Text is HTML, so that
//! it stays readable on a phone; only the shapes are SVG and stretch.
//!
//! Each chart says what it shows in its title and description, each shape its value when pointed
//! at, and each comes with its rows as a table ([`rows`]).

mod bars;
mod columns;
mod heat;
mod rows;
mod spans;

pub(crate) use bars::{Bar, bars};
pub(crate) use columns::{Column, Columns, columns};
pub(crate) use heat::heat;
pub(crate) use rows::{Rows, rows};
pub(crate) use spans::{SpanRow, spans};

/// `value` as thousandths of `most`.
fn share(value: i64, most: i64) -> i64 {
    value.max(0).saturating_mul(1000) / most.max(1)
}
