//! Shapes rows into what charts show.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{Board, Bucket, SalesRow, Window};
use crate::{
    facts::{
        DishSales, FactKind, Reason,
        calendar::{DAY_S, clock_s},
        leads::Stage,
        summary::average,
        visits::{NEVER, Visit},
    },
    ids::ItemId,
    money::Currency,
    status::Status,
    text::Name,
};

/// One bucket of confirmed orders, and the bucket that it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The bucket shown.
    pub bucket: Bucket,
    /// Sales in it.
    pub now: Totals,
    /// Sales in the bucket compared with.
    pub before: Totals,
}

/// Sums of confirmed orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Number of orders.
    pub orders: i64,
    /// Number of dishes.
    pub pieces: i64,
    /// Totals by currency, in minor units.
    pub revenue_minor: BTreeMap<Currency, i64>,
    /// Number of orders by currency, for averages.
    pub by_currency: BTreeMap<Currency, i64>,
}

/// Sums over the range shown, or over the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// Confirmed orders.
    pub sold: Totals,
    /// Lost orders by outcome and reason.
    pub lost: Vec<Lost>,
    /// Refunds by currency, in minor units.
    pub refunded_minor: BTreeMap<Currency, i64>,
}

/// Orders lost for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Declined or cancelled.
    pub kind: FactKind,
    /// Reason.
    pub reason: Reason,
    /// Number of orders.
    pub orders: i64,
    /// Their totals by currency, in minor units.
    pub amount_minor: BTreeMap<Currency, i64>,
}

/// How far the orders placed in the range shown got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funnel {
    /// Number of orders that reached placed, confirmed, accepted, completed.
    pub steps: Vec<(Status, i64)>,
    /// Lost orders by outcome and reason.
    pub lost: Vec<Lost>,
}

/// Percentiles of the duration of a stage, in milliseconds, with an error of at most 1.6 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageTimes {
    /// The stage.
    pub stage: Stage,
    /// Number of orders.
    pub orders: i64,
    /// Median.
    pub p50_ms: i64,
    /// 90th percentile.
    pub p90_ms: i64,
    /// 99th percentile.
    pub p99_ms: i64,
}

/// A dish, with its sales now and before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mover {
    /// The dish.
    pub item_id: ItemId,
    /// Its name.
    pub name: Name,
    /// Pieces in the range shown.
    pub now: i64,
    /// Pieces in the range before.
    pub before: i64,
}

/// Customers in a range of days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Customers {
    /// Number of distinct customers.
    pub unique: i64,
    /// Of these, the ones with their first order.
    pub new: i64,
}

impl Totals {
    fn add(&mut self, row: &SalesRow) {
        self.orders += row.sums.orders;
        self.pieces += row.sums.pieces;
        *self.revenue_minor.entry(row.currency).or_default() += row.sums.amount_minor;
        *self.by_currency.entry(row.currency).or_default() += row.sums.orders;
    }

    /// The average order by currency, in minor units, rounded half up.
    pub fn average_minor(&self) -> BTreeMap<Currency, i64> {
        let known = self.by_currency.iter().filter(|(_, n)| **n > 0);
        known
            .map(|(currency, n)| {
                (*currency, average(self.revenue_minor.get(currency).copied().unwrap_or(0), *n))
            })
            .collect()
    }

    /// Dishes per order, in tenths, rounded half up; `None` without orders.
    pub fn basket_tenths(&self) -> Option<i64> {
        (self.orders > 0).then(|| average(self.pieces * 10, self.orders))
    }
}

impl Board {
    /// Confirmed orders, bucket by bucket.
    pub fn points(&self, window: &Window) -> Vec<Point> {
        let pairs = window.shown.iter().zip(&window.before);
        let mut points: Vec<_> = pairs
            .clone()
            .map(|(bucket, _)| Point {
                bucket: *bucket,
                now: Totals::default(),
                before: Totals::default(),
            })
            .collect();
        for row in self.sales.iter().filter(|row| row.kind == FactKind::CONFIRMED) {
            for (n, (shown, before)) in pairs.clone().enumerate() {
                if shown.holds(row.start_s) {
                    points[n].now.add(row);
                }
                if before.holds(row.start_s) {
                    points[n].before.add(row);
                }
            }
        }
        points
    }

    /// Sums over the range shown and over the one before. A range of one hour has sales only:
    /// everything else is summed by the hour.
    pub fn periods(&self, window: &Window) -> (Period, Period) {
        let of = |buckets: &[Bucket]| {
            let mut period = Period::default();
            let within = |row: &&SalesRow| buckets.iter().any(|b| b.holds(row.start_s));
            let rows: Vec<_> = self.sales.iter().filter(within).collect();
            for row in &rows {
                match row.kind {
                    FactKind::CONFIRMED => period.sold.add(row),
                    FactKind::Refunded => {
                        let sum = period.refunded_minor.entry(row.currency).or_default();
                        *sum += row.sums.amount_minor;
                    }
                    FactKind::Reached(_) => {}
                }
            }
            period.lost = lost(rows.into_iter());
            period
        };
        (of(&window.shown), of(&window.before))
    }

    /// The funnel of the orders placed in the range shown.
    pub fn funnel(&self) -> Funnel {
        let steps = [Status::Placed, Status::Confirmed, Status::Accepted, Status::Completed];
        let count = |status: Status| {
            let rows = self.placed.iter().filter(|row| row.kind == FactKind::Reached(status));
            (status, rows.map(|row| row.sums.orders).sum())
        };
        Funnel { steps: steps.map(count).to_vec(), lost: lost(self.placed.iter()) }
    }

    /// Durations of the stages that have any order.
    pub fn stages(&self) -> Vec<StageTimes> {
        let times = |(stage, durations): (&Stage, &crate::facts::leads::Durations)| {
            let [p50_ms, p90_ms, p99_ms] =
                [50, 90, 99].map(|percent| durations.quantile_ms(percent).unwrap_or(0));
            StageTimes { stage: *stage, orders: durations.count(), p50_ms, p90_ms, p99_ms }
        };
        self.leads.iter().map(times).filter(|times| times.orders > 0).collect()
    }

    /// Confirmed orders by day of the week (0 is Monday) and hour of the day.
    pub fn week(&self, zone: &TimeZone) -> [[i64; 24]; 7] {
        let mut week = [[0; 24]; 7];
        for (start_s, orders) in &self.heat {
            let at = jiff::Timestamp::from_second(*start_s).unwrap_or_default();
            let clock = clock_s(at, zone);
            // The first of January 1970 was a Thursday.
            let day = (clock.div_euclid(DAY_S) + 3).rem_euclid(7);
            let hour = clock.rem_euclid(DAY_S) / 3_600;
            let cell = usize::try_from(day).ok().zip(usize::try_from(hour).ok());
            if let Some((day, hour)) = cell {
                week[day][hour] += orders;
            }
        }
        week
    }

    /// Every dish sold in the range shown or before, most sold first.
    pub fn movers(&self) -> Vec<Mover> {
        let mut all: BTreeMap<&ItemId, Mover> = BTreeMap::new();
        let sides = [(&self.dishes, true), (&self.dishes_before, false)];
        for (dish, is_now) in sides.into_iter().flat_map(|(d, now)| d.iter().map(move |d| (d, now)))
        {
            let DishSales { item_id, name, quantity, .. } = dish;
            let mover = all.entry(item_id).or_insert_with(|| Mover {
                item_id: item_id.clone(),
                name: name.clone(),
                now: 0,
                before: 0,
            });
            *(if is_now { &mut mover.now } else { &mut mover.before }) += quantity;
        }
        let mut movers: Vec<_> = all.into_values().collect();
        movers.sort_by(|a, b| b.now.cmp(&a.now).then_with(|| a.item_id.cmp(&b.item_id)));
        movers
    }

    /// Customers in a range of days.
    pub fn customers_of(&self, days: &Bucket) -> Customers {
        let mut customers = Customers::default();
        for (Visit { day_s, before_s }, n) in &self.visits {
            if days.holds(*day_s) && *before_s < days.from_s {
                customers.unique += n;
                customers.new += if *before_s == NEVER { *n } else { 0 };
            }
        }
        customers
    }

    /// Median days until the next order, of customers who ordered before; `None` without any.
    pub fn comes_back_after_days(&self, days: &Bucket) -> Option<i64> {
        let mut gaps = BTreeMap::<i64, i64>::new();
        for (Visit { day_s, before_s }, n) in &self.visits {
            if days.holds(*day_s) && *before_s != NEVER {
                *gaps.entry((day_s - before_s) / DAY_S).or_default() += n;
            }
        }
        let half = (gaps.values().sum::<i64>() + 1) / 2;
        let mut seen = 0;
        gaps.into_iter().find_map(|(gap, n)| {
            seen += n;
            (seen >= half).then_some(gap)
        })
    }
}

/// Lost orders by outcome and reason. An order cancelled before its payment is both cancelled and
/// declined (with reason `cancelled`); it counts as cancelled only.
fn lost<'a>(rows: impl Iterator<Item = &'a SalesRow>) -> Vec<Lost> {
    let called_off = Reason::from(crate::payment::DeclineReason::Cancelled);
    let mut all = BTreeMap::<_, Lost>::new();
    for row in rows {
        let is_lost = matches!(
            row.kind,
            FactKind::Reached(Status::Declined | Status::Cancelled) if row.reason != called_off
        );
        if is_lost {
            let entry = all.entry((row.kind, row.reason)).or_insert_with(|| Lost {
                kind: row.kind,
                reason: row.reason,
                orders: 0,
                amount_minor: BTreeMap::new(),
            });
            entry.orders += row.sums.orders;
            *entry.amount_minor.entry(row.currency).or_default() += row.sums.amount_minor;
        }
    }
    let mut all: Vec<_> = all.into_values().collect();
    all.sort_by_key(|lost| std::cmp::Reverse(lost.orders));
    all
}
