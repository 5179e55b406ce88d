//! What the dashboard asks for, and the rows that it gets: sums that were kept, never a scan of
//! facts.

mod range;
mod shape;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use range::{Bucket, Range, UnknownRange, Window};
pub use shape::{Customers, Funnel, Lost, Mover, Period, Point, StageTimes, Totals};

use super::{
    DishSales, FactKind, Reason, Restock, Scope, Supply,
    calendar::Grain,
    deltas::SalesDelta,
    leads::{Durations, Stage},
    visits::Visit,
};
use crate::money::Currency;

/// Which rows are wanted. Stretches begin at `.0` (inclusive) and end at `.1` (exclusive).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FiguresQuery {
    /// Whose.
    pub scope: Scope,
    /// Of which stretches sums are wanted.
    pub grain: Grain,
    /// From the beginning of the comparison to the end of what is shown.
    pub sales: (i64, i64),
    /// Of which stretches the funnel, lead times and dishes are: hours or days.
    pub coarse: Grain,
    /// What is shown.
    pub shown: (i64, i64),
    /// What it is compared with.
    pub before: (i64, i64),
    /// Hours, for the map of the week.
    pub heat: (i64, i64),
    /// Days, for customers.
    pub days: (i64, i64),
    /// Where the last three hours begin, and the last seven days, in hours.
    pub pace: (i64, i64),
}

/// Sums of one stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalesRow {
    /// Its beginning.
    pub start_s: i64,
    /// What happened.
    pub kind: FactKind,
    /// Why.
    pub reason: Reason,
    /// In which currency.
    pub currency: Currency,
    /// How much.
    pub sums: SalesDelta,
}

/// What was asked for, as of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    /// By when it happened.
    pub sales: Vec<SalesRow>,
    /// What became of the orders that were placed in the time shown, whenever it did.
    pub placed: Vec<SalesRow>,
    /// Confirmed orders by hour.
    pub heat: BTreeMap<i64, i64>,
    /// How long stages took that ended in the time shown.
    pub leads: BTreeMap<Stage, Durations>,
    /// Dishes sold in the time shown, by id.
    pub dishes: Vec<DishSales>,
    /// The same before.
    pub dishes_before: Vec<DishSales>,
    /// Dishes of orders that were lost because one ran out.
    pub ran_out: Vec<DishSales>,
    /// Days of customers.
    pub visits: BTreeMap<Visit, i64>,
    /// Customers of all time, and those with more than one order.
    pub customers: (i64, i64),
    /// Counted dishes, by restaurant and id.
    pub supplies: Vec<Supply>,
    /// What staff changed last, the latest first.
    pub restocks: Vec<Restock>,
    /// The latest event time counted, of all time.
    pub latest: Option<Timestamp>,
}

/// The orders behind a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactsQuery {
    /// Whose.
    pub scope: Scope,
    /// What happened to them.
    pub kind: FactKind,
    /// Why; `None` for any reason.
    pub reason: Option<Reason>,
    /// From when (inclusive) to when (exclusive) it did.
    pub span: (Timestamp, Timestamp),
    /// No more than so many, the latest first.
    pub limit: u32,
}
