//! The rows of refunds of parts.

use domain::{
    ids::OrderId,
    payment::{LinePieces, PartRefund, Payment, RefundId, RefundOutcome},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Arg, Connection, Failure, Row, failure::corrupt, rows};

/// Pieces of a line, in the column `lines`.
#[derive(Serialize, Deserialize)]
struct Pieces {
    line: u32,
    quantity: u32,
}

const WRITE: &str = "INSERT INTO refunds (order_id, refund_key, amount_minor, lines, reason,
      requested_by, person, requested_us, attempts, refused, gateway_id, booked_us, total_minor,
      failed_us, due_us)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    ON CONFLICT (order_id, refund_key) DO UPDATE SET attempts = excluded.attempts,
      refused = excluded.refused, gateway_id = excluded.gateway_id,
      booked_us = excluded.booked_us, total_minor = excluded.total_minor,
      failed_us = excluded.failed_us, due_us = excluded.due_us";

/// Writes a refund as it is now. Its payment row is locked.
pub(super) async fn write(
    connection: &mut Connection,
    order: OrderId,
    refund: &PartRefund,
    due_at: Option<Timestamp>,
) -> Result<(), Failure> {
    let (order, key) = (order.to_string(), refund.key.to_string());
    let (reason, lines) = (refund.reason.to_string(), lines_json(&refund.lines)?);
    let person = refund.person.as_ref().map(ToString::to_string);
    let (mut refused, mut failed_us) = (None, None);
    let (mut id, mut booked_us, mut total_minor) = (None, None, None);
    match &refund.outcome {
        RefundOutcome::Reserved => {}
        RefundOutcome::Booked { id: RefundId(gateway), at, refunded_total_minor } => {
            (id, booked_us) = (Some(gateway.as_str()), Some(rows::micros(*at)));
            total_minor = Some(*refunded_total_minor);
        }
        RefundOutcome::Failed { reason, at } => {
            (refused, failed_us) = (Some(reason.as_str()), Some(rows::micros(*at)));
        }
    }
    let args = [
        Arg::Text(Some(&order)),
        Arg::Text(Some(&key)),
        Arg::Number(refund.amount_minor),
        Arg::Text(lines.as_deref()),
        Arg::Text(Some(&reason)),
        Arg::Text(Some(refund.by.name())),
        Arg::Text(person.as_deref()),
        Arg::Number(rows::micros(refund.requested_at)),
        Arg::Number(refund.attempts.into()),
        Arg::Text(refused),
        Arg::Text(id),
        Arg::Maybe(booked_us),
        Arg::Maybe(total_minor),
        Arg::Maybe(failed_us),
        Arg::Maybe(due_at.map(rows::micros)),
    ];
    connection.run(WRITE, &args).await.map(drop)
}

/// Writes the state of a payment row and the sums of its refunds. The row is locked.
pub(super) async fn write_sums(
    connection: &mut Connection,
    payment: &Payment,
) -> Result<(), Failure> {
    let sql = "UPDATE payments SET state = $2, parts_count = $3, parts_reserved_minor = $4,
          parts_booked_minor = $5
        WHERE order_id = $1";
    let id = payment.order_id.to_string();
    let args = [
        Arg::Text(Some(&id)),
        Arg::Text(Some(payment.state.name())),
        Arg::Number(payment.parts.count.into()),
        Arg::Number(payment.parts.reserved_minor),
        Arg::Number(payment.parts.booked_minor),
    ];
    connection.run(sql, &args).await.map(drop)
}

/// The refunds of an order, the oldest first.
pub(crate) async fn read_refunds(
    connection: &mut Connection,
    order: OrderId,
) -> Result<Vec<PartRefund>, Failure> {
    let sql = "SELECT * FROM refunds WHERE order_id = $1 ORDER BY requested_us, refund_key";
    let id = order.to_string();
    let found = connection.run(sql, &[Arg::Text(Some(&id))]).await?;
    found.iter().map(decode).collect()
}

pub(super) fn decode(row: &Row) -> Result<PartRefund, Failure> {
    let optional = |name| row.get::<Option<i64>, _>(name)?.map(rows::timestamp).transpose();
    let person: Option<String> = row.get("person")?;
    Ok(PartRefund {
        key: rows::column(row, "refund_key")?,
        amount_minor: row.get("amount_minor")?,
        lines: lines(row.get::<Option<String>, _>("lines")?.as_deref())?,
        reason: rows::column(row, "reason")?,
        by: rows::column(row, "requested_by")?,
        person: person.map(|name| rows::parse(&name)).transpose()?,
        requested_at: rows::timestamp(row.get("requested_us")?)?,
        attempts: u32::try_from(row.get::<i64, _>("attempts")?).map_err(corrupt)?,
        outcome: match (optional("booked_us")?, optional("failed_us")?) {
            (Some(at), _) => RefundOutcome::Booked {
                id: RefundId(row.get::<String, _>("gateway_id")?),
                at,
                refunded_total_minor: row.get("total_minor")?,
            },
            (None, Some(at)) => RefundOutcome::Failed {
                reason: row.get::<Option<String>, _>("refused")?.unwrap_or_default(),
                at,
            },
            (None, None) => RefundOutcome::Reserved,
        },
    })
}

fn lines_json(lines: &[LinePieces]) -> Result<Option<String>, Failure> {
    if lines.is_empty() {
        return Ok(None);
    }
    let pieces = lines.iter().map(|p| Pieces { line: p.line, quantity: p.quantity });
    let pieces: Vec<_> = pieces.collect();
    serde_json::to_string(&pieces).map(Some).map_err(corrupt)
}

fn lines(json: Option<&str>) -> Result<Vec<LinePieces>, Failure> {
    let pieces: Vec<Pieces> =
        json.map(serde_json::from_str).transpose().map_err(corrupt)?.unwrap_or_default();
    let pieces = pieces.into_iter().map(|Pieces { line, quantity }| LinePieces { line, quantity });
    Ok(pieces.collect())
}
