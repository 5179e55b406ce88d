//! What is called off, and the money that goes back.

use domain::order::Order;
use jiff::Timestamp;

use super::{Letter, day, money, seller};
use crate::email::letters::{CancelledBy, Paid};

/// The longest reason that is quoted, in characters; as much as a note can have.
const SAID_CHARS: usize = 500;

pub(super) fn cancelled(
    order: &Order,
    by: CancelledBy,
    reason: Option<&str>,
    paid: Paid,
) -> Letter {
    let (seller, total) = (seller(order), money(order, order.totals.total_minor));
    let heading = match by {
        CancelledBy::Customer => "You cancelled your order.".to_owned(),
        CancelledBy::Restaurant => format!("{seller} had to cancel your order."),
        CancelledBy::TimeOut => {
            format!("{seller} did not answer in time, so we cancelled your order.")
        }
    };
    let (purse, after, label) = purse(&total, paid);
    let who = match by {
        CancelledBy::Customer => "Cancelled by you",
        CancelledBy::Restaurant => "Cancelled by the restaurant",
        CancelledBy::TimeOut => "Cancelled because nobody answered",
    };
    Letter {
        subject: format!("{seller}: your order was cancelled"),
        preheader: format!("{who}. {purse}"),
        heading,
        body: vec![format!("{purse} {after}")],
        said: reason.map(quoted).filter(|said| !said.is_empty()),
        facts: vec![("Ordered", day(order, order.placed_at))],
        slip: format!("What you ordered at {seller}"),
        total: label,
        action: "Order again",
    }
}

/// What becomes of the money, what its owner has to do, and what the sum is called. While nobody
/// knows whether it was taken, the words are true either way.
fn purse(total: &str, paid: Paid) -> (String, &'static str, &'static str) {
    match paid {
        Paid::Nothing => {
            ("No money was taken.".to_owned(), "You need do nothing.", "Total, not charged")
        }
        Paid::GoesBack => (
            format!("{total} is on its way back to you."),
            "It goes to the card you paid with; you need do nothing. We write again when it \
             has been sent.",
            "Total, being refunded",
        ),
        Paid::WentBack => (
            format!("{total} went back to you."),
            "It went to the card you paid with, and banks take up to ten working days to show it. \
             You need do nothing.",
            "Total, refunded",
        ),
        Paid::NotKnown => (
            format!("We are finding out whether your bank paid the {total}."),
            "If it did, all of it goes back to your card, and we write again when it has been \
             sent. If it did not, it will not be charged. You need do nothing.",
            "Total, not kept",
        ),
    }
}

pub(super) fn refunded(order: &Order, amount_minor: i64, at: Timestamp, refund_id: &str) -> Letter {
    let (seller, amount) = (seller(order), money(order, amount_minor));
    let total = money(order, order.totals.total_minor);
    let how_much = match amount_minor == order.totals.total_minor {
        true => format!("That is all you paid to {seller} for this order."),
        false => format!("That is a part of the {total} you paid to {seller} for this order."),
    };
    Letter {
        subject: format!("{seller}: {amount} is refunded"),
        preheader: format!("{amount} goes back to the card you paid with."),
        heading: format!("We sent {amount} back to you."),
        body: vec![
            how_much,
            "It goes to the card you paid with. Banks take up to ten working days to show it; \
             should yours take longer, tell them the refund reference."
                .to_owned(),
        ],
        said: None,
        facts: vec![
            ("Refunded", amount),
            ("Sent", day(order, at)),
            ("Refund reference", refund_id.to_owned()),
        ],
        slip: format!("What you ordered at {seller}"),
        total: "Total, as it was paid",
        action: "See the order",
    }
}

/// A reason as one line: it may come from anybody who writes to the topic.
fn quoted(reason: &str) -> String {
    let words: Vec<_> = reason
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(SAID_CHARS).collect()
}
