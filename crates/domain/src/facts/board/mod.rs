//! The dashboard's query and its result: sums that are maintained, never a scan of facts.

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

/// A query for the dashboard. Spans are `(start, end)` in seconds; the end is exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FiguresQuery {
    /// All restaurants or one.
    pub scope: Scope,
    /// Grain of `sales`.
    pub grain: Grain,
    /// From the start of the comparison to the end of the range shown.
    pub sales: (i64, i64),
    /// Grain of the funnel, lead times and dishes: hours or days.
    pub coarse: Grain,
    /// The range shown.
    pub shown: (i64, i64),
    /// The range that it is compared with.
    pub before: (i64, i64),
    /// Hours, for the heat map of the week.
    pub heat: (i64, i64),
    /// Days, for customers.
    pub days: (i64, i64),
    /// Starts of the last three hours and of the last seven days, in hours.
    pub pace: (i64, i64),
}

/// Sums of one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalesRow {
    /// Start of the bucket, in seconds.
    pub start_s: i64,
    /// What happened.
    pub kind: FactKind,
    /// Reason.
    pub reason: Reason,
    /// Currency.
    pub currency: Currency,
    /// The sums.
    pub sums: SalesDelta,
}

/// The result of a [`FiguresQuery`], as of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    /// Sums by event time.
    pub sales: Vec<SalesRow>,
    /// What became of the orders placed in the range shown, whenever that happened.
    pub placed: Vec<SalesRow>,
    /// Confirmed orders by hour.
    pub heat: BTreeMap<i64, i64>,
    /// Durations of the stages that ended in the range shown.
    pub leads: BTreeMap<Stage, Durations>,
    /// Dishes sold in the range shown, by id.
    pub dishes: Vec<DishSales>,
    /// Dishes sold in the range before.
    pub dishes_before: Vec<DishSales>,
    /// Dishes of orders that were declined because one ran out.
    pub ran_out: Vec<DishSales>,
    /// Customers by pair of days, see [`Visit`].
    pub visits: BTreeMap<Visit, i64>,
    /// Customers of all time, and those with more than one order.
    pub customers: (i64, i64),
    /// Counted dishes, by restaurant and id.
    pub supplies: Vec<Supply>,
    /// The latest stock changes by staff, newest first.
    pub restocks: Vec<Restock>,
    /// The latest event time counted, of all time.
    pub latest: Option<Timestamp>,
}

/// A query for the orders behind a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactsQuery {
    /// All restaurants or one.
    pub scope: Scope,
    /// What happened to the orders.
    pub kind: FactKind,
    /// Reason; `None` for any.
    pub reason: Option<Reason>,
    /// Event times, from (inclusive) to (exclusive).
    pub span: (Timestamp, Timestamp),
    /// Maximum number of results, newest first.
    pub limit: u32,
}
