//! The data behind each chart as rows: for programs, spreadsheets and screen readers.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    board::{Board, Bucket, Lost, Window},
    calendar::Grain,
    stock::Forecast,
};
use crate::{money::Currency, names::names};

names! {
    /// A chart of the dashboard.
    ChartId, UnknownChart "is no chart" {
        /// Confirmed orders, revenue and dishes by time.
        Sales "sales",
        /// How far orders got.
        Funnel "funnel",
        /// Lost orders.
        Lost "lost",
        /// Durations of stages.
        LeadTimes "lead-times",
        /// Orders by day of the week and hour.
        Week "week",
        /// Dishes sold, now and before.
        Dishes "dishes",
        /// Dishes of orders that were declined because one ran out.
        RanOut "ran-out",
        /// Customers by day.
        Customers "customers",
        /// Stock levels and forecasts.
        Stock "stock",
        /// Stock changes by staff.
        Restocks "restocks",
    }
}

/// A value in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A count or an amount in minor units.
    Number(i64),
    /// A moment.
    Time(Timestamp),
    /// Unknown or not applicable.
    Empty,
}

/// Rows with named columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Column names; amounts end in `_minor`, durations in their unit.
    pub columns: Vec<&'static str>,
    /// One cell per column.
    pub rows: Vec<Vec<Cell>>,
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::Empty, Into::into)
    }
}

/// The rows of one chart.
pub fn make_chart(id: ChartId, board: &Board, window: &Window, zone: &TimeZone) -> Chart {
    match id {
        ChartId::Sales => sales(board, window),
        ChartId::Funnel => Chart {
            columns: vec!["status", "orders"],
            rows: board
                .funnel()
                .steps
                .iter()
                .map(|(s, n)| cells([s.name().into(), (*n).into()]))
                .collect(),
        },
        ChartId::Lost => lost(&board.funnel().lost),
        ChartId::LeadTimes => Chart {
            columns: vec!["stage", "orders", "p50_ms", "p90_ms", "p99_ms"],
            rows: (board.stages().iter())
                .map(|t| {
                    cells([
                        t.stage.name().into(),
                        t.orders.into(),
                        t.p50_ms.into(),
                        t.p90_ms.into(),
                        t.p99_ms.into(),
                    ])
                })
                .collect(),
        },
        ChartId::Week => week(&board.week(zone)),
        ChartId::Dishes => Chart {
            columns: vec!["item_id", "name", "quantity", "quantity_before"],
            rows: (board.movers().iter())
                .map(|m| {
                    cells([
                        m.item_id.as_str().into(),
                        m.name.as_str().into(),
                        m.now.into(),
                        m.before.into(),
                    ])
                })
                .collect(),
        },
        ChartId::RanOut => Chart {
            columns: vec!["item_id", "name", "quantity", "revenue_minor"],
            rows: (board.ran_out.iter())
                .map(|d| {
                    cells([
                        d.item_id.as_str().into(),
                        d.name.as_str().into(),
                        d.quantity.into(),
                        d.revenue_minor.into(),
                    ])
                })
                .collect(),
        },
        ChartId::Customers => Chart {
            columns: vec!["from", "unique", "new", "returning"],
            rows: (window.customers.iter())
                .map(|days| {
                    let c = board.customers_of(days);
                    let from = start(Grain::Day, days);
                    cells([from, c.unique.into(), c.new.into(), (c.unique - c.new).into()])
                })
                .collect(),
        },
        ChartId::Stock => stock(board),
        ChartId::Restocks => restocks(board),
    }
}

fn cells<const N: usize>(cells: [Cell; N]) -> Vec<Cell> {
    cells.into()
}

/// Start of a bucket: a moment for minutes and hours, a date for days.
fn start(grain: Grain, bucket: &Bucket) -> Cell {
    let at = Timestamp::from_second(bucket.from_s).unwrap_or(Timestamp::UNIX_EPOCH);
    match grain {
        Grain::Day | Grain::All => Cell::Text(TimeZone::UTC.to_datetime(at).date().to_string()),
        Grain::Minute | Grain::Hour => Cell::Time(at),
    }
}

fn sales(board: &Board, window: &Window) -> Chart {
    let points = board.points(window);
    let mut currencies: Vec<Currency> = Vec::new();
    for point in &points {
        for currency in point.now.revenue_minor.keys().chain(point.before.revenue_minor.keys()) {
            if !currencies.contains(currency) {
                currencies.push(*currency);
            }
        }
    }
    let columns = vec![
        "from",
        "currency",
        "orders",
        "items",
        "revenue_minor",
        "orders_before",
        "items_before",
        "revenue_before_minor",
    ];
    let mut rows = Vec::new();
    for point in &points {
        // Only the row of the first currency has orders and dishes, so that columns add up.
        for (n, currency) in currencies
            .iter()
            .enumerate()
            .map(|(n, c)| (n, Some(*c)))
            .chain(currencies.is_empty().then_some((0, None)))
        {
            let money = |of: &super::board::Totals| {
                currency.and_then(|c| of.revenue_minor.get(&c).copied()).unwrap_or(0)
            };
            let first = |count: i64| if n == 0 { Cell::from(count) } else { Cell::Number(0) };
            rows.push(cells([
                start(window.grain, &point.bucket),
                currency.map(Currency::code).into(),
                first(point.now.orders),
                first(point.now.pieces),
                money(&point.now).into(),
                first(point.before.orders),
                first(point.before.pieces),
                money(&point.before).into(),
            ]));
        }
    }
    Chart { columns, rows }
}

fn lost(all: &[Lost]) -> Chart {
    let rows = all.iter().flat_map(|lost| {
        lost.amount_minor.iter().enumerate().map(move |(n, (currency, minor))| {
            cells([
                lost.kind.name().into(),
                lost.reason.name().into(),
                (if n == 0 { lost.orders } else { 0 }).into(),
                currency.code().into(),
                (*minor).into(),
            ])
        })
    });
    Chart {
        columns: vec!["outcome", "reason", "orders", "currency", "amount_minor"],
        rows: rows.collect(),
    }
}

fn week(week: &[[i64; 24]; 7]) -> Chart {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let rows = DAYS.iter().zip(week).flat_map(|(day, hours)| {
        (0_i64..)
            .zip(hours)
            .map(move |(hour, orders)| cells([(*day).into(), hour.into(), (*orders).into()]))
    });
    Chart { columns: vec!["day", "hour", "orders"], rows: rows.collect() }
}

fn stock(board: &Board) -> Chart {
    let columns =
        vec!["restaurant_id", "item_id", "on_hand", "sold_3h", "sold_7d", "runs_out_in_min", "low"];
    let row = |supply: &super::Supply| {
        let minutes = match supply.forecast() {
            Forecast::Gone => Some(0),
            Forecast::Minutes(minutes) => Some(minutes),
            Forecast::Days(days) => Some(days * 24 * 60),
            Forecast::Unknown => None,
        };
        cells([
            supply.dish.restaurant_id.as_str().into(),
            supply.dish.item_id.as_str().into(),
            i64::from(supply.on_hand).into(),
            supply.sold_3h.into(),
            supply.sold_7d.into(),
            minutes.into(),
            i64::from(supply.is_low()).into(),
        ])
    };
    Chart { columns, rows: board.supplies.iter().map(row).collect() }
}

fn restocks(board: &Board) -> Chart {
    let row = |restock: &super::Restock| {
        cells([
            Cell::Time(restock.at),
            restock.dish.restaurant_id.as_str().into(),
            restock.dish.item_id.as_str().into(),
            restock.change.name().into(),
            restock.change.amount().into(),
            restock.reason.as_ref().map(crate::text::Note::as_str).into(),
        ])
    };
    let columns = vec!["at", "restaurant_id", "item_id", "change", "pieces", "reason"];
    Chart { columns, rows: board.restocks.iter().map(row).collect() }
}
