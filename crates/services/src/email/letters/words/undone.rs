//! What is called off, and the money that goes back.

use domain::{
    order::Order,
    payment::{Refund, Refunder},
    payment_method::MethodKind,
};

use super::{Letter, day, money, of, seller, total};
use crate::email::letters::{CancelledBy, OrderMoney};

/// The longest reason that is quoted, in characters; as much as a note can have.
const SAID_CHARS: usize = 500;

pub(super) fn cancelled(
    order: &Order,
    by: CancelledBy,
    reason: Option<&str>,
    (paid, returned_minor): (OrderMoney, i64),
) -> Letter {
    let (all, words) = (of(order), &of(order).undone);
    let seller = seller(order);
    let left = money(order, order.totals.total_minor - returned_minor);
    let (purse, after, label) = (words.purse)(&left, paid);
    let mut facts = vec![(all.ordered, day(order, order.placed_at))];
    if returned_minor > 0 {
        facts.push((words.refunded, money(order, returned_minor)));
    }
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
        facts,
        slip: (words.ordered_at)(&seller),
        total: if returned_minor > 0 { words.as_paid } else { label },
        action: words.again,
    }
}

pub(super) fn refunded(order: &Order, refund: &Refund) -> Letter {
    let words = &of(order).undone;
    let (seller, amount) = (seller(order), money(order, refund.amount_minor));
    let returned_minor = refund.refunded_total_minor.unwrap_or(refund.amount_minor);
    let left_minor = order.totals.total_minor - returned_minor;
    let (total, left) = (total(order), money(order, left_minor));
    let how_much = match (refund.amount_minor == order.totals.total_minor, left_minor) {
        (true, _) => (words.all_of_it)(&seller),
        (false, 0) => (words.rest_of_it)(&seller, &total),
        (false, _) => (words.part_of_it)(&seller, &total, &left),
    };
    let in_cash = order.payment_method.kind() == MethodKind::Cash;
    let way = if in_cash { (words.in_cash)(&seller) } else { words.banks.to_owned() };
    let mut facts = vec![(words.refunded, amount.clone())];
    if left_minor > 0 {
        facts.push((words.left, left));
    }
    facts.push((words.sent, day(order, refund.at)));
    // Cash has no reference that anyone could look up.
    if !in_cash {
        facts.push((words.reference, refund.id.0.clone()));
    }
    let by_card = words.refunded_preheader;
    Letter {
        subject: (words.refunded_subject)(&seller, &amount),
        preheader: if in_cash { way.clone() } else { by_card(&amount) },
        stamp: words.refunded,
        heading: (words.refunded_heading)(&amount),
        body: vec![how_much, way],
        // The reason of a cancellation was in the mail about it.
        said: Some(quoted(refund.reason.as_str()))
            .filter(|said| is_by_person(refund) && !said.is_empty()),
        facts,
        slip: (words.ordered_at)(&seller),
        total: words.as_paid,
        action: words.see,
    }
}

/// True if a person of the restaurant refunded a part, and said why.
fn is_by_person(refund: &Refund) -> bool {
    refund.part.is_some() && refund.by == Some(Refunder::Kitchen)
}

/// A reason as one line: it may come from anybody who writes to the topic.
fn quoted(reason: &str) -> String {
    let words: Vec<_> = reason
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(SAID_CHARS).collect()
}
