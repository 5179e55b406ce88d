//! Tests of the mails as their readers get them.

mod golden;
mod hostile;
mod words;

use domain::{
    fixtures,
    language::Language,
    order::{Fulfilment, Order, OrderParts},
    payment::DeclineReason,
};
use jiff::Timestamp;

use super::{CancelledBy, Occasion, OrderMoney};

const LINK: &str = "https://order.example.com/orders/0199?token=a&b=\"c";

fn at() -> Timestamp {
    "2026-11-22T12:05:00Z".parse().unwrap()
}

/// One occasion of each kind.
fn occasions() -> Vec<Occasion> {
    vec![
        Occasion::Confirmed { at: at(), payment_id: "pi_3OaBcD".to_owned() },
        Occasion::Declined { reason: DeclineReason::InsufficientFunds },
        Occasion::Ready { at: at() },
        Occasion::OutForDelivery { at: at() },
        Occasion::Cancelled {
            by: CancelledBy::Restaurant,
            reason: Some("The oven is broken, we are very sorry.".to_owned()),
            paid: OrderMoney::GoesBack,
        },
        Occasion::Refunded { amount_minor: 3205, at: at(), refund_id: "re_3OaBcD".to_owned() },
        Occasion::Checking,
        Occasion::Authentication,
    ]
}

fn changed(change: impl FnOnce(&mut OrderParts)) -> Order {
    let mut parts = (*fixtures::rich_order()).clone();
    change(&mut parts);
    Order::try_from(parts).unwrap()
}

/// The order with another language.
fn read_in(language: Language, order: &Order) -> Order {
    let mut parts = (**order).clone();
    parts.customer.language = language;
    Order::try_from(parts).unwrap()
}

/// The order of a restaurant that says who sells.
fn named(order: &Order) -> Order {
    let mut parts = (**order).clone();
    parts.seller.legal = Some(fixtures::legal());
    parts.seller.address = Some(fixtures::address());
    Order::try_from(parts).unwrap()
}

fn pickup() -> Order {
    changed(|parts| {
        parts.fulfilment = Fulfilment::Pickup;
        parts.totals.total_minor -= parts.totals.delivery_fee_minor;
        parts.totals.delivery_fee_minor = 0;
    })
}
