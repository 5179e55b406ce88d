//! An order as JSON.

use domain::{
    payment::{LinePieces, PartRefund, Payment, RefundOutcome, rest_refund},
    ports::OrderView,
    status::Status,
};
use events::order_details::{LineBody, OrderDetails};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::accepted::authenticate_until;

/// The body of `GET /api/orders/{id}`.
pub fn order_json(view: &OrderView) -> Value {
    let step = |(status, at): &(Status, Timestamp)| json!({"status": status.name(), "at": at});
    let mut body = json!({
        "order_id": view.order_id.to_string(),
        "status": view.standing.status.name(),
        "history": view.history.iter().map(step).collect::<Vec<_>>(),
        "lines": [],
    });
    if let Some(order) = &view.order {
        let details = OrderDetails::from(order);
        let lines: Vec<LineBody<'_>> = details.lines;
        body["restaurant_id"] = json!(details.restaurant_id);
        body["restaurant_name"] = json!(details.restaurant_name);
        body["placed_at"] = json!(details.placed_at);
        body["customer"] = json!({"name": details.customer.name});
        body["fulfilment"] = json!(details.fulfilment);
        body["lines"] = json!(lines);
        body["subtotal_minor"] = json!(details.subtotal_minor);
        body["delivery_fee_minor"] = json!(details.delivery_fee_minor);
        body["tip_minor"] = json!(details.tip_minor);
        if let Some(taxes) = &details.taxes {
            body["taxes"] = json!(taxes);
        }
        if let Some(added) = details.tax_minor {
            body["tax_minor"] = json!(added);
        }
        body["total_minor"] = json!(details.total_minor);
        body["currency"] = json!(details.currency);
    }
    if let Some(number) = view.number() {
        body["number"] = json!(number.get());
    }
    if let Some(reason) = &view.standing.reason {
        body["reason"] = json!(reason);
    }
    if let Some(ready_by) = view.standing.ready_by {
        body["ready_by"] = json!(ready_by);
    }
    body["payment"] = match &view.payment {
        Some(payment) => json!({
            "method": payment.method.name(),
            "state": payment.state.name(),
            "amount_minor": payment.amount.minor,
            "currency": payment.amount.currency.code(),
        }),
        None => match &view.order {
            Some(order) => json!({
                "method": order.payment_method.kind().name(),
                "state": "pending",
                "amount_minor": order.totals.total_minor,
                "currency": order.currency.code(),
            }),
            None => json!({"state": "pending"}),
        },
    };
    if let Some(until) = authenticate_until(view) {
        body["payment"]["expires_at"] = json!(until);
    }
    let refunded_minor = view.payment.as_ref().map_or(0, Payment::refunded_minor);
    if refunded_minor > 0 {
        body["payment"]["refunded_minor"] = json!(refunded_minor);
    }
    body
}

/// The refunds of an order. Only staff see those that failed, and who requested them.
pub(super) fn refunds_json(view: &OrderView, refunds: &[PartRefund], is_staff: bool) -> Value {
    let rest = view.payment.as_ref().and_then(rest_refund);
    let is_shown = |refund: &&PartRefund| {
        is_staff || !matches!(refund.outcome, RefundOutcome::Failed { .. })
    };
    let parts = refunds.iter().filter(is_shown).map(|refund| part_json(refund, is_staff));
    let rest = rest.map(|refund| {
        let mut body = json!({
            "refund_id": refund.id.0,
            "state": "refunded",
            "amount_minor": refund.amount_minor,
            "reason": refund.reason.to_string(),
            "refunded_at": refund.at,
        });
        if let Some(by) = refund.by {
            body["by"] = json!(by.name());
        }
        body
    });
    parts.chain(rest).collect()
}

fn part_json(refund: &PartRefund, is_staff: bool) -> Value {
    let mut body = json!({
        "refund_id": refund.key.to_string(),
        "state": "requested",
        "amount_minor": refund.amount_minor,
        "reason": refund.reason.to_string(),
        "requested_at": refund.requested_at,
        "by": refund.by.name(),
    });
    if !refund.lines.is_empty() {
        let pieces = |lines: &LinePieces| json!({"line": lines.line, "quantity": lines.quantity});
        body["lines"] = refund.lines.iter().map(pieces).collect();
    }
    if let Some(person) = refund.person.as_ref().filter(|_| is_staff) {
        body["person"] = json!(person.to_string());
    }
    match &refund.outcome {
        RefundOutcome::Reserved => {}
        RefundOutcome::Booked { at, .. } => {
            body["state"] = json!("refunded");
            body["refunded_at"] = json!(at);
        }
        RefundOutcome::Failed { reason, at } => {
            body["state"] = json!("failed");
            body["failed_at"] = json!(at);
            body["error"] = json!(reason);
        }
    }
    body
}
