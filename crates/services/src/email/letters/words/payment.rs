//! Whether it is paid.

use domain::{
    order::{Fulfilment, Order},
    payment::DeclineReason,
};
use jiff::Timestamp;

use super::{Letter, day, inline, money, place, seller};

pub(super) fn confirmed(order: &Order, at: Timestamp, payment_id: &str) -> Letter {
    let (seller, total) = (seller(order), money(order, order.totals.total_minor));
    let name = inline(order.customer.name.as_str());
    let next = match order.seller.auto_accept {
        true => "The kitchen begins with it now.",
        false => "As soon as the kitchen accepts it, the order's page says when it is ready.",
    };
    let door = match order.fulfilment {
        Fulfilment::Pickup => "We write again when you can collect it.",
        Fulfilment::Delivery { .. } => "We write again when it is on its way.",
    };
    Letter {
        subject: format!("{seller}: your order is confirmed"),
        preheader: format!("{total} is paid. {next}"),
        heading: format!("Thank you, {name}. Your order is paid."),
        body: vec![format!("{seller} has it. {next} {door}")],
        said: None,
        facts: vec![
            place(order),
            ("Ordered", day(order, order.placed_at)),
            ("Paid", day(order, at)),
            ("Payment reference", payment_id.to_owned()),
        ],
        slip: format!("Receipt of {seller}"),
        total: "Total, paid",
        action: "Follow your order live",
    }
}

pub(super) fn declined(order: &Order, reason: DeclineReason) -> Letter {
    let seller = seller(order);
    let (why, advice, action) = match reason {
        DeclineReason::CardDeclined => (
            "Your bank declined the card.",
            "Try another card, or ask your bank why.",
            "Try again with another card",
        ),
        DeclineReason::InsufficientFunds => (
            "The card does not have enough money on it.",
            "Try another card.",
            "Try again with another card",
        ),
        DeclineReason::AuthenticationRequired => (
            "Your bank wants to confirm this payment with you, which we cannot do yet.",
            "Try another card.",
            "Try again with another card",
        ),
        DeclineReason::InvalidPaymentMethod => (
            "The payment method was not accepted.",
            "Try another card.",
            "Try again with another card",
        ),
        DeclineReason::OutOfStock => {
            ("Something you chose had just sold out.", "Choose something else.", "Change the order")
        }
        DeclineReason::PaymentTimeout => {
            ("The payment did not come through in time.", "Try again.", "Try again")
        }
        DeclineReason::Cancelled => {
            ("It was cancelled before it was paid.", "You can order again.", "Order again")
        }
    };
    Letter {
        subject: format!("{seller}: your order was not placed"),
        preheader: format!("{why} No money was taken."),
        heading: "Your order was not placed.".to_owned(),
        body: vec![
            format!("{why} No money was taken."),
            format!("We kept what you chose at {seller}. {advice}"),
        ],
        said: None,
        facts: Vec::new(),
        slip: format!("What you chose at {seller}"),
        total: "Total, not charged",
        action,
    }
}

pub(super) fn checking(order: &Order) -> Letter {
    let seller = seller(order);
    Letter {
        subject: format!("{seller}: we are checking your payment"),
        preheader: "We have your order. You need do nothing, and nothing is charged twice.".into(),
        heading: "We have your order and are still checking your payment.".to_owned(),
        body: vec![
            "Your bank takes longer to answer than usual. You need do nothing: do not order again, \
             for nothing is lost, and nothing is charged twice."
                .to_owned(),
            "We write again as soon as we know. If it cannot be paid, no money is taken.".to_owned(),
        ],
        said: None,
        facts: vec![("Ordered", day(order, order.placed_at))],
        slip: format!("Your order at {seller}"),
        total: "Total, not confirmed yet",
        action: "See how it stands",
    }
}
