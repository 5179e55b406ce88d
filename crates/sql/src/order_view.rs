//! An order with its payment, as a row of one query.

use domain::{ports::OrderView, status::OrderStanding};

use super::{Failure, Row, rows};

/// Orders with their payment; to be completed with `WHERE` and `ORDER BY`.
pub(super) const VIEW: &str = "SELECT \
    o.order_id AS id, o.status, o.at_us, o.reason AS status_reason, o.ready_by_us, \
    o.number AS order_number, o.snapshot, o.trace, p.order_id, p.placed_us, p.amount_minor, \
    p.currency, p.state, p.intent_id, p.attempts, p.decided_us, p.reason, p.cancelled_us, \
    p.cancel_reason, p.refund_attempts, p.refund_id, p.refunded_us, p.record_digest, \
    p.captured_us, p.action_us, p.action_until_us, p.due_us, p.number, p.method, \
    p.authorized_us, p.capture_before_us, p.accepted_us, p.capture_failed_us, p.collected_us, \
    p.refund_minor, p.parts_count, p.parts_reserved_minor, p.parts_booked_minor \
    FROM orders o LEFT JOIN payments p ON p.order_id = o.order_id ";

/// The order of a row of [`VIEW`], without its history.
pub(super) fn decode_view(row: &Row) -> Result<OrderView, Failure> {
    let ready_by: Option<i64> = row.get("ready_by_us")?;
    let payment = match row.get::<Option<String>, _>("order_id")? {
        Some(_) => Some(rows::payment(row)?),
        None => None,
    };
    Ok(OrderView {
        order_id: rows::column(row, "id")?,
        standing: OrderStanding {
            status: rows::column(row, "status")?,
            at: rows::timestamp(row.get("at_us")?)?,
            reason: row.get("status_reason")?,
            ready_by: ready_by.map(rows::timestamp).transpose()?,
            number: rows::number(row, "order_number")?,
        },
        order: rows::order(row)?,
        history: Vec::new(),
        payment,
    })
}
