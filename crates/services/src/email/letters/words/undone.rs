//! What is called off, and the money that goes back.

use domain::order::Order;
use jiff::Timestamp;

use super::{Letter, day, money, of, seller, total};
use crate::email::letters::{CancelledBy, OrderMoney};

/// The longest reason that is quoted, in characters; as much as a note can have.
const SAID_CHARS: usize = 500;

pub(super) fn cancelled(
    order: &Order,
    by: CancelledBy,
    reason: Option<&str>,
    paid: OrderMoney,
) -> Letter {
    let (all, words) = (of(order), &of(order).undone);
    let (seller, total) = (seller(order), total(order));
    let (purse, after, label) = (words.purse)(&total, paid);
    Letter {
        subject: (words.cancelled_subject)(&seller),
        preheader: format!("{}. {purse}", (words.by)(by)),
        stamp: words.cancelled,
        heading: (words.heading)(by, &seller),
        body: vec![format!("{purse} {after}")],
        // Other reasons are the system's, and the heading says them.
        said: reason
            .filter(|_| by == CancelledBy::Restaurant)
            .map(quoted)
            .filter(|said| !said.is_empty()),
        facts: vec![(all.ordered, day(order, order.placed_at))],
        slip: (words.ordered_at)(&seller),
        total: label,
        action: words.again,
    }
}

pub(super) fn refunded(order: &Order, amount_minor: i64, at: Timestamp, refund_id: &str) -> Letter {
    let words = &of(order).undone;
    let (seller, amount) = (seller(order), money(order, amount_minor));
    let total = total(order);
    let how_much = match amount_minor == order.totals.total_minor {
        true => (words.all_of_it)(&seller),
        false => (words.part_of_it)(&seller, &total),
    };
    Letter {
        subject: (words.refunded_subject)(&seller, &amount),
        preheader: (words.refunded_preheader)(&amount),
        stamp: words.refunded,
        heading: (words.refunded_heading)(&amount),
        body: vec![how_much, words.banks.to_owned()],
        said: None,
        facts: vec![
            (words.refunded, amount),
            (words.sent, day(order, at)),
            (words.reference, refund_id.to_owned()),
        ],
        slip: (words.ordered_at)(&seller),
        total: words.as_paid,
        action: words.see,
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
