//! Whether it is paid.

use domain::{
    order::{Fulfilment, Order},
    payment::DeclineReason,
};
use jiff::Timestamp;
use ui::letters::Undecided;

use super::{Letter, day, inline, money, of, place, seller};

pub(super) fn confirmed(order: &Order, at: Timestamp, payment_id: &str) -> Letter {
    let (all, words) = (of(order), &of(order).payment);
    let (seller, total) = (seller(order), money(order, order.totals.total_minor));
    let next = if order.seller.auto_accept { words.begins_now } else { words.when_accepted };
    let door = match order.fulfilment {
        Fulfilment::Pickup => words.until_collected,
        Fulfilment::Delivery { .. } => words.until_on_its_way,
    };
    Letter {
        subject: (words.confirmed_subject)(&seller),
        preheader: format!("{} {next}", (words.is_paid)(&total)),
        stamp: words.confirmed,
        heading: (words.thanks)(&inline(order.customer.name.as_str())),
        body: vec![format!("{} {next} {door}", (words.has_it)(&seller))],
        said: None,
        facts: vec![
            place(order),
            (all.ordered, day(order, order.placed_at)),
            (words.paid, day(order, at)),
            (words.reference, payment_id.to_owned()),
        ],
        slip: (words.receipt)(&seller),
        total: all.total_paid,
        action: all.follow,
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
