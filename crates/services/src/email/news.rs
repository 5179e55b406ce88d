//! What a record has to tell a customer.

use domain::{
    order::{Fulfilment, Order},
    status::{Status, StatusChange},
};
use events::{
    DecodeError, Record, Topic, order_confirmed, order_declined, order_progress, order_refunded,
};

use super::letters::{Occasion, Paid};

/// The order and what there is to tell of it; nothing for steps that customers see on the order's
/// page alone. What became of a cancelled order's money stands in no record: that is to be asked.
pub(super) fn read(record: &Record) -> Result<Option<(Order, Occasion)>, DecodeError> {
    match record.topic {
        Topic::OrderDeclined => {
            let (order, reason, _) = order_declined::read(record)?;
            Ok(Some((order, Occasion::Declined { reason })))
        }
        Topic::OrderProgress => {
            let (order, change, by) = order_progress::read(record)?;
            let occasion = match change {
                StatusChange { status: Status::Cancelled, reason, .. } => {
                    let (by, paid) = (by.into(), Paid::NotKnown);
                    Some(Occasion::Cancelled { by, reason, paid })
                }
                StatusChange { status, at, .. } => step(&order, status, at),
            };
            Ok(occasion.map(|occasion| (order, occasion)))
        }
        Topic::OrderRefunded => {
            let (order, refund) = order_refunded::read(record)?;
            let (amount_minor, at, refund_id) = (refund.amount_minor, refund.at, refund.id.0);
            Ok(Some((order, Occasion::Refunded { amount_minor, at, refund_id })))
        }
        _ => {
            let (order, payment_id, at) = order_confirmed::read(record)?;
            Ok(Some((order, Occasion::Confirmed { at, payment_id })))
        }
    }
}

/// A step that makes somebody get up: to collect the order, or to open the door.
fn step(order: &Order, status: Status, at: jiff::Timestamp) -> Option<Occasion> {
    match (status, &order.fulfilment) {
        (Status::Ready, Fulfilment::Pickup) => Some(Occasion::Ready { at }),
        (Status::OutForDelivery, _) => Some(Occasion::OutForDelivery { at }),
        _ => None,
    }
}
