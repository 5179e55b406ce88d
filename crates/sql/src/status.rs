//! `record_status`: the one statement that moves an order, used for orders and payments. It is
//! [`domain::status::OrderStanding::join`] in SQL: any order and any repetition of the same changes
//! gives the same rows.

use std::collections::BTreeMap;

use domain::{
    ids::OrderId,
    order::Order,
    ports::BookEntry,
    status::{OrderStanding, Status},
};
use jiff::Timestamp;

use super::{Batch, Connection, Failure, rows};

/// `new` wins over `old` if its rank is higher, or equal with an earlier time, or equal in both
/// with a lesser reason (none is the least).
const WINS: &str = "(excluded.rank > orders.rank OR (excluded.rank = orders.rank AND \
    (excluded.at_us < orders.at_us OR (excluded.at_us = orders.at_us AND \
     ((excluded.reason IS NULL AND orders.reason IS NOT NULL) OR \
      excluded.reason < orders.reason)))))";

/// `new` has a later `ready_by` than `old`.
const LATER: &str = "(excluded.ready_by_us IS NOT NULL AND \
    (orders.ready_by_us IS NULL OR excluded.ready_by_us > orders.ready_by_us))";

/// `new` has a number that `old` has not.
const NUMBERED: &str = "(excluded.number IS NOT NULL AND \
    (orders.number IS NULL OR excluded.number > orders.number))";

/// `new` has the request that placed the order in `old`. A later record with the same id has a
/// different request.
const ITS_REQUEST: &str = "(orders.request_digest IS NULL AND \
    excluded.request_digest IS NOT NULL AND \
    (orders.snapshot IS NULL OR orders.snapshot = excluded.snapshot))";

/// `new` has the outcome of a payment for an order that differs from the one in `old`, which was
/// known from `order_details` only. Of two records with the same id, the one that was charged or
/// declined is the order. Writers with another partitioner may have put the other one into a
/// partition that is read first.
const IS_THE_ORDER: &str = "(orders.rank = 0 AND excluded.rank > 0 AND \
    orders.snapshot <> excluded.snapshot)";

/// A row without changes is not updated: on PostgreSQL, an update writes a new row.
fn upsert() -> String {
    format!(
        "INSERT INTO orders (order_id, restaurant_id, status, rank, at_us, reason, ready_by_us, \
                             placed_at_us, accept_within_s, snapshot, request_digest, \
                             customer_email, customer_name, trace, number)
         SELECT r.order_id, r.restaurant_id, r.status, r.rank, r.at_us, r.reason, r.ready_by_us, \
                r.placed_at_us, r.accept_within_s, r.snapshot, r.request_digest, \
                r.customer_email, r.customer_name, r.trace, r.number
         FROM {{rows}} WHERE true
         ON CONFLICT (order_id) DO UPDATE SET
           status = CASE WHEN {WINS} THEN excluded.status ELSE orders.status END,
           rank = CASE WHEN {WINS} THEN excluded.rank ELSE orders.rank END,
           at_us = CASE WHEN {WINS} THEN excluded.at_us ELSE orders.at_us END,
           reason = CASE WHEN {WINS} THEN excluded.reason ELSE orders.reason END,
           ready_by_us = CASE WHEN {LATER} THEN excluded.ready_by_us ELSE orders.ready_by_us END,
           number = CASE WHEN {NUMBERED} THEN excluded.number ELSE orders.number END,
           restaurant_id = CASE WHEN {IS_THE_ORDER} THEN excluded.restaurant_id
             ELSE COALESCE(orders.restaurant_id, excluded.restaurant_id) END,
           placed_at_us = CASE WHEN {IS_THE_ORDER} THEN excluded.placed_at_us
             ELSE COALESCE(orders.placed_at_us, excluded.placed_at_us) END,
           accept_within_s = CASE WHEN {IS_THE_ORDER} OR orders.snapshot IS NULL
             THEN excluded.accept_within_s ELSE orders.accept_within_s END,
           customer_email = CASE WHEN {IS_THE_ORDER} THEN excluded.customer_email
             ELSE COALESCE(orders.customer_email, excluded.customer_email) END,
           customer_name = CASE WHEN {IS_THE_ORDER} THEN excluded.customer_name
             ELSE COALESCE(orders.customer_name, excluded.customer_name) END,
           request_digest = CASE WHEN {IS_THE_ORDER} OR {ITS_REQUEST}
             THEN excluded.request_digest ELSE orders.request_digest END,
           trace = CASE WHEN {IS_THE_ORDER} THEN excluded.trace
             ELSE COALESCE(orders.trace, excluded.trace) END,
           snapshot = CASE WHEN {IS_THE_ORDER} THEN excluded.snapshot
             ELSE COALESCE(orders.snapshot, excluded.snapshot) END
         WHERE {WINS} OR {LATER} OR (orders.snapshot IS NULL AND excluded.snapshot IS NOT NULL)
           OR {ITS_REQUEST} OR {NUMBERED}"
    )
}

/// The history has the earliest time of each step. The first step is an exception: a later record
/// with the same id is not an order, whatever its time, so the stored one stays.
const HISTORY: &str = "INSERT INTO order_history (order_id, rank, status, at_us)
    SELECT r.order_id, r.rank, r.status, r.at_us FROM {rows} WHERE true
    ON CONFLICT (order_id, rank) DO UPDATE SET at_us = excluded.at_us
      WHERE excluded.at_us < order_history.at_us AND excluded.status <> 'placed'";

/// Records entries with one statement for the book and one for the history. Steps of one order are
/// joined first, so each key occurs once, and rows are sorted by key: batches lock in the same
/// order and never deadlock.
pub(super) async fn record_status(
    connection: &mut Connection,
    entries: &[BookEntry],
) -> Result<(), Failure> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut steps = BTreeMap::<_, Timestamp>::new();
    let mut book = BTreeMap::<OrderId, (OrderStanding, First<'_>)>::new();
    for BookEntry { change, order, request } in entries {
        let (id, status, at) = (change.order_id, change.status, change.at);
        let earliest = |first: &mut Timestamp| {
            if status != Status::Placed {
                *first = at.min(*first);
            }
        };
        steps.entry((id, status)).and_modify(earliest).or_insert(at);
        let news = OrderStanding::from(change.clone());
        let next = First { order: order.as_ref(), request: request.as_deref() };
        let joined = match book.remove(&id) {
            Some((known, first)) if known.status == Status::Placed && status != Status::Placed => {
                (known.join(news), next.or(first))
            }
            Some((known, first)) => (known.join(news), first.or(next)),
            None => (news, next),
        };
        book.insert(id, joined);
    }
    let book: Vec<_> = book.into_iter().collect();
    let steps: Vec<_> = steps.into_iter().collect();
    connection.bulk(&upsert(), book_rows(&book)).await?;
    connection.bulk(HISTORY, step_rows(&steps)).await?;
    Ok(())
}

/// The order and the request that placed it, from the first record.
#[derive(Clone, Copy)]
struct First<'a> {
    order: Option<&'a Order>,
    request: Option<&'a str>,
}

impl First<'_> {
    fn or(self, next: Self) -> Self {
        let order = self.order.or(next.order);
        let request = self.request.or(next.request.filter(|_| order == next.order));
        Self { order, request }
    }
}

type Step = ((OrderId, Status), Timestamp);

fn step_rows(steps: &[Step]) -> Batch<'_, Step> {
    Batch::of(steps)
        .text("order_id", |((id, _), _)| id.to_string())
        .text("status", |((_, status), _)| status.name().to_owned())
        .number("rank", |((_, status), _)| status.rank())
        .number("at_us", |(_, at)| rows::micros(*at))
}

type Entry<'a> = (OrderId, (OrderStanding, First<'a>));

fn book_rows<'a>(book: &'a [Entry<'a>]) -> Batch<'a, Entry<'a>> {
    Batch::of(book)
        .text("order_id", |(id, _)| id.to_string())
        .text("status", |(_, (standing, _))| standing.status.name().to_owned())
        .number("rank", |(_, (standing, _))| standing.status.rank())
        .number("at_us", |(_, (standing, _))| rows::micros(standing.at))
        .text("reason", |(_, (standing, _))| standing.reason.clone())
        .number("ready_by_us", |(_, (standing, _))| standing.ready_by.map(rows::micros))
        .text("restaurant_id", |(_, (_, first))| first.order.map(|o| o.seller.id.to_string()))
        .number("placed_at_us", |(_, (_, first))| first.order.map(|o| rows::micros(o.placed_at)))
        .number("accept_within_s", |(_, (_, first))| first.order.and_then(answer_within_s))
        .text("snapshot", |(_, (_, first))| first.order.map(rows::snapshot_json))
        .text("request_digest", |(_, (_, first))| first.request.map(str::to_owned))
        .text("customer_email", |(_, (_, first))| first.order.map(|o| o.customer.email.canonical()))
        .text("customer_name", |(_, (_, first))| {
            first.order.map(|o| o.customer.name.as_str().to_lowercase())
        })
        .text("trace", |(_, (_, first))| {
            first.order.and_then(Order::trace).map(|trace| trace.to_string())
        })
        .number("number", |(_, (standing, _))| {
            standing.number.map(|number| i64::from(number.get()))
        })
}

/// Time limit in seconds for a person to accept; `None` if the restaurant accepts automatically.
fn answer_within_s(order: &Order) -> Option<i64> {
    (!order.seller.auto_accept).then(|| order.seller.accept_within_s.into())
}
