//! Where the food is.

use domain::order::{Fulfilment, Order};
use jiff::Timestamp;
use ui::letters::Settlement;

use super::{Letter, clock, day, of, payment, place, seller, total};

pub(super) fn ready(order: &Order, at: Timestamp, settlement: Settlement) -> Letter {
    let (all, words) = (of(order), &of(order).kitchen);
    let (seller, clock) = (seller(order), clock(order, at));
    let with = |text: String, more: String| format!("{text} {more}");
    let (ready, name, preheader, body) = match order.fulfilment {
        Fulfilment::Pickup => {
            let (ready, name) = (&words.collect, order.customer.name.to_string());
            let (briefly, fully) = (words.take_it)(settlement, &total(order));
            (
                ready,
                Some((words.in_the_name_of, name)),
                with((ready.preheader)(&seller, &clock), briefly),
                with((ready.body)(&seller, &clock), fully),
            )
        }
        Fulfilment::Delivery { .. } => {
            let ready = &words.packed;
            (ready, None, (ready.preheader)(&seller, &clock), (ready.body)(&seller, &clock))
        }
    };
    let since = (words.ready_since, day(order, at));
    Letter {
        subject: (ready.subject)(&seller),
        preheader,
        stamp: words.ready,
        heading: ready.heading.to_owned(),
        body: vec![body],
        said: None,
        facts: [Some(place(order)), name, due_fact(order, settlement), Some(since)]
            .into_iter()
            .flatten()
            .collect(),
        slip: (all.your_order_at)(&seller),
        total: (all.total)(settlement),
        action: words.see,
    }
}

pub(super) fn on_its_way(order: &Order, at: Timestamp, settlement: Settlement) -> Letter {
    let (all, words) = (of(order), &of(order).kitchen);
    let seller = seller(order);
    let left = (words.left)(&seller, &clock(order, at));
    let call = match &order.customer.phone {
        Some(phone) => (words.may_call)(phone.as_str()),
        None => words.cannot_call.to_owned(),
    };
    let due = (settlement == Settlement::Due).then(|| payment::due(order));
    Letter {
        subject: (words.on_its_way_subject)(&seller),
        preheader: left.clone(),
        stamp: words.on_its_way,
        heading: words.on_its_way_heading.to_owned(),
        body: [Some(format!("{left} {call}")), due].into_iter().flatten().collect(),
        said: None,
        facts: [
            Some(place(order)),
            due_fact(order, settlement),
            Some((words.on_its_way_since, day(order, at))),
        ]
        .into_iter()
        .flatten()
        .collect(),
        slip: (all.your_order_at)(&seller),
        total: (all.total)(settlement),
        action: all.follow,
    }
}

/// What is due in cash.
fn due_fact(order: &Order, settlement: Settlement) -> Option<(&'static str, String)> {
    (settlement == Settlement::Due).then(|| (of(order).payment.due, total(order)))
}
