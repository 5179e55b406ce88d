//! An order as JSON.

use domain::{ports::OrderView, status::Status};
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
    body
}
