//! The books of a business day: what was taken and given back, from sums of the ledger.
//!
//! Every amount comes from postings, by the time at which they were booked. The sums are proven:
//! what was paid is what it was paid for, by method and direction.

mod amounts;
mod day;
mod gateway;
mod sums;

pub use amounts::Amounts;
pub use day::{BookRow, DayBooks, MethodCount};
pub use gateway::{
    BothSides, GatewayComparison, GatewayKind, GatewayMovement, LedgerMovement, OneSided, Tally,
    UnknownGatewayKind, compare_with_gateway,
};
pub use sums::{BookedRate, BookedSum, BooksError, Direction, UnknownDirection};

#[cfg(test)]
mod tests;
