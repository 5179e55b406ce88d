//! Tests of the mails as their readers get them.

mod golden;
mod hostile;
mod money;
mod words;

use domain::{
    fixtures,
    language::Language,
    order::{Fulfilment, Order, OrderParts},
    payment::DeclineReason,
};
use jiff::Timestamp;

use super::{CancelledBy, Occasion, OrderMoney, Settlement};

const LINK: &str = "https://order.example.com/orders/0199?token=a&b=\"c";

fn at() -> Timestamp {
    "2026-11-22T12:05:00Z".parse().unwrap()
}

fn confirmed(settlement: Settlement) -> Occasion {
    Occasion::Confirmed { at: at(), payment_id: "pi_3OaBcD".to_owned(), settlement }
}

fn ready(settlement: Settlement) -> Occasion {
    Occasion::Ready { at: at(), settlement }
}

fn on_its_way(settlement: Settlement) -> Occasion {
    Occasion::OutForDelivery { at: at(), settlement }
}

fn paid(payment_id: Option<&str>) -> Occasion {
    Occasion::Paid { at: at(), payment_id: payment_id.map(str::to_owned) }
}

fn cancelled(by: CancelledBy, paid: OrderMoney) -> Occasion {
    Occasion::Cancelled { by, reason: None, paid }
}

/// The same kinds for money that is held or due, by the names of their files.
fn variants() -> Vec<(&'static str, Occasion)> {
    vec![
        ("confirmed.held", confirmed(Settlement::Held)),
        ("confirmed.cash", confirmed(Settlement::Due)),
        ("ready.held", ready(Settlement::Held)),
        ("ready.cash", ready(Settlement::Due)),
        ("receipt.cash", paid(None)),
        ("on_its_way.cash", on_its_way(Settlement::Due)),
        ("cancelled.held", cancelled(CancelledBy::TimeOut, OrderMoney::Released)),
        ("cancelled.cash", cancelled(CancelledBy::Customer, OrderMoney::NothingDue)),
        ("cancelled.failed", cancelled(CancelledBy::PaymentFailed, OrderMoney::Released)),
    ]
}

/// One occasion of each kind.
fn occasions() -> Vec<Occasion> {
    vec![
        confirmed(Settlement::Paid),
        Occasion::Declined { reason: DeclineReason::InsufficientFunds },
        ready(Settlement::Paid),
        on_its_way(Settlement::Paid),
        Occasion::Cancelled {
            by: CancelledBy::Restaurant,
            reason: Some("The oven is broken, we are very sorry.".to_owned()),
            paid: OrderMoney::GoesBack,
        },
        Occasion::Refunded { amount_minor: 3205, at: at(), refund_id: "re_3OaBcD".to_owned() },
        Occasion::Checking,
        Occasion::Authentication,
        paid(Some("pi_3OaBcD")),
    ]
}

fn every_occasion() -> Vec<Occasion> {
    occasions().into_iter().chain(variants().into_iter().map(|(_, occasion)| occasion)).collect()
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

fn in_cash() -> Order {
    changed(|parts| parts.payment_method = "cash".parse().unwrap())
}

fn pickup() -> Order {
    changed(|parts| {
        parts.fulfilment = Fulfilment::Pickup;
        parts.totals.total_minor -= parts.totals.delivery_fee_minor;
        parts.totals.delivery_fee_minor = 0;
    })
}
