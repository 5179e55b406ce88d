//! Decodes records into occasions for a mail.

use domain::{
    ids::OrderId,
    order::{Fulfilment, Order},
    status::{Status, StatusChange},
};
use events::{
    DecodeError, Record, Topic, order_confirmed, order_declined,
    order_payments::{self, PaymentNews},
    order_progress, order_refunded,
};
use jiff::Timestamp;

use super::letters::{CancelledBy, Occasion, OrderMoney, Settlement};

/// The order and the occasion; `None` for steps without a mail. What became of the money since it
/// was confirmed is in no record: the caller reads it from the payment.
pub(super) fn decode_occasion(record: &Record) -> Result<Option<(Order, Occasion)>, DecodeError> {
    match record.topic {
        Topic::OrderDeclined => {
            let (order, reason, _) = order_declined::decode_declined(record)?;
            Ok(Some((order, Occasion::Declined { reason })))
        }
        Topic::OrderProgress => {
            let (order, change, by) = order_progress::decode_progress(record)?;
            let occasion = match change {
                StatusChange { status: Status::Cancelled, reason, .. } => {
                    let by = CancelledBy::new(by, reason.as_deref());
                    Some(Occasion::Cancelled { by, reason, paid: OrderMoney::NotKnown })
                }
                StatusChange { status, at, .. } => step_occasion(&order, status, at),
            };
            Ok(occasion.map(|occasion| (order, occasion)))
        }
        Topic::OrderRefunded => {
            let (order, refund) = order_refunded::decode_refunded(record)?;
            let (amount_minor, at, refund_id) = (refund.amount_minor, refund.at, refund.id.0);
            Ok(Some((order, Occasion::Refunded { amount_minor, at, refund_id })))
        }
        _ => {
            let (order, payment_id, at) = order_confirmed::decode_confirmed(record)?;
            let state = order_confirmed::decode_state(record)?;
            let settlement = Settlement::new(&order, Some(state));
            Ok(Some((order, Occasion::Confirmed { at, payment_id, settlement })))
        }
    }
}

/// The occasion of a step that the customer has to act on: to collect the order or open the door.
fn step_occasion(order: &Order, status: Status, at: Timestamp) -> Option<Occasion> {
    let settlement = Settlement::new(order, None);
    match (status, &order.fulfilment) {
        (Status::Ready, Fulfilment::Pickup) => Some(Occasion::Ready { at, settlement }),
        (Status::OutForDelivery, _) => Some(Occasion::OutForDelivery { at, settlement }),
        _ => None,
    }
}

/// The order that was paid after it was confirmed, and when; `None` for other news of a payment.
pub(super) fn decode_paid(record: &Record) -> Result<Option<(OrderId, Timestamp)>, DecodeError> {
    let event = order_payments::decode_payment(record)?;
    let is_paid =
        |news: &PaymentNews| matches!(news, PaymentNews::Captured | PaymentNews::Collected);
    Ok(event.filter(|event| is_paid(&event.news)).map(|event| (event.order_id, event.at)))
}
