//! Whether it is paid.

use domain::{
    order::{Fulfilment, Order},
    payment::DeclineReason,
    payment_method::MethodKind,
};
use jiff::Timestamp;
use ui::letters::{Settlement, Undecided};

use super::{Letter, day, inline, of, place, seller, total};

pub(super) fn confirmed(
    order: &Order,
    at: Timestamp,
    payment_id: &str,
    settlement: Settlement,
) -> Letter {
    let (all, words) = (of(order), &of(order).payment);
    let (seller, total) = (seller(order), total(order));
    let next = if order.seller.auto_accept { words.begins_now } else { words.when_accepted };
    let door = match order.fulfilment {
        Fulfilment::Pickup => words.until_collected,
        Fulfilment::Delivery { .. } => words.until_on_its_way,
    };
    let reference = (words.reference, payment_id.to_owned());
    let (terms, paid) = match settlement {
        Settlement::Paid => (None, vec![(words.paid, day(order, at)), reference]),
        Settlement::Held => {
            let until = (words.held_until)(&seller, &total);
            (Some(until), vec![(words.held, total.clone()), reference])
        }
        Settlement::Due => (Some(due(order)), vec![(words.due, total.clone())]),
    };
    let facts = [place(order), (all.ordered, day(order, order.placed_at))];
    let about = format!("{} {next} {door}", (words.has_it)(&seller));
    Letter {
        subject: (words.confirmed_subject)(&seller),
        preheader: format!("{} {next}", (words.settled)(settlement, &total)),
        stamp: words.confirmed,
        heading: (words.thanks)(settlement, &inline(order.customer.name.as_str())),
        body: [Some(about), terms].into_iter().flatten().collect(),
        said: None,
        facts: facts.into_iter().chain(paid).collect(),
        slip: match settlement {
            Settlement::Paid => (words.receipt)(&seller),
            Settlement::Held | Settlement::Due => (all.your_order_at)(&seller),
        },
        total: (all.total)(settlement),
        action: all.follow,
    }
}

/// The receipt of an order that was paid after it was confirmed: by card when it was accepted, or
/// in cash at hand-over.
pub(super) fn paid(order: &Order, at: Timestamp, payment_id: Option<&str>) -> Letter {
    let (all, words) = (of(order), &of(order).payment);
    let (seller, total) = (seller(order), total(order));
    let in_cash = order.payment_method.kind() == MethodKind::Cash;
    let (heading, body) = match in_cash {
        true => ((words.paid_cash)(&total), (words.handed_over)(&seller)),
        false => ((words.accepted)(&seller), (words.taken)(&total)),
    };
    let reference = payment_id.map(|id| (words.reference, id.to_owned()));
    let facts = [(all.ordered, day(order, order.placed_at)), (words.paid, day(order, at))];
    Letter {
        subject: (words.paid_subject)(&seller),
        preheader: (words.settled)(Settlement::Paid, &total),
        stamp: words.paid,
        heading,
        body: vec![body],
        said: None,
        facts: facts.into_iter().chain(reference).collect(),
        slip: (words.receipt)(&seller),
        total: if in_cash { words.total_cash } else { (all.total)(Settlement::Paid) },
        action: if in_cash { all.kitchen.see } else { all.follow },
    }
}

/// To have the cash at hand.
pub(super) fn due(order: &Order) -> String {
    let words = &of(order).payment;
    match order.fulfilment {
        Fulfilment::Pickup => (words.due_at)(&total(order)),
        Fulfilment::Delivery { .. } => (words.due_to_courier)(&total(order)),
    }
}

pub(super) fn declined(order: &Order, reason: DeclineReason) -> Letter {
    let (words, seller) = (&of(order).payment, seller(order));
    let (why, advice, action) = (words.why)(reason);
    let told = format!("{why} {}", words.no_money);
    Letter {
        subject: (words.declined_subject)(&seller),
        preheader: told.clone(),
        stamp: words.declined,
        heading: words.declined_heading.to_owned(),
        body: vec![told, format!("{} {advice}", (words.kept)(&seller))],
        said: None,
        facts: Vec::new(),
        slip: (words.chosen_at)(&seller),
        total: words.not_charged,
        action,
    }
}

pub(super) fn checking(order: &Order) -> Letter {
    undecided(order, &of(order).payment.checking)
}

pub(super) fn authentication(order: &Order) -> Letter {
    undecided(order, &of(order).payment.authentication)
}

fn undecided(order: &Order, words: &Undecided) -> Letter {
    let (all, seller) = (of(order), seller(order));
    Letter {
        subject: (words.subject)(&seller),
        preheader: words.preheader.to_owned(),
        stamp: words.stamp,
        heading: words.heading.to_owned(),
        body: words.body.map(str::to_owned).into(),
        said: None,
        facts: vec![(all.ordered, day(order, order.placed_at))],
        slip: (all.your_order_at)(&seller),
        total: all.payment.not_confirmed,
        action: words.action,
    }
}
