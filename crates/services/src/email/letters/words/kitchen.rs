//! Where the food is.

use domain::order::{Fulfilment, Order};
use jiff::Timestamp;

use super::{Letter, clock, day, of, place, seller};

pub(super) fn ready(order: &Order, at: Timestamp) -> Letter {
    let (all, words) = (of(order), &of(order).kitchen);
    let (seller, clock) = (seller(order), clock(order, at));
    let (ready, name) = match order.fulfilment {
        Fulfilment::Pickup => {
            (&words.collect, Some((words.in_the_name_of, order.customer.name.to_string())))
        }
        Fulfilment::Delivery { .. } => (&words.packed, None),
    };
    let since = (words.ready_since, day(order, at));
    Letter {
        subject: (ready.subject)(&seller),
        preheader: (ready.preheader)(&seller, &clock),
        stamp: words.ready,
        heading: ready.heading.to_owned(),
        body: vec![(ready.body)(&seller, &clock)],
        said: None,
        facts: [Some(place(order)), name, Some(since)].into_iter().flatten().collect(),
        slip: (all.your_order_at)(&seller),
        total: all.total_paid,
        action: words.see,
    }
}

pub(super) fn on_its_way(order: &Order, at: Timestamp) -> Letter {
    let (all, words) = (of(order), &of(order).kitchen);
    let seller = seller(order);
    let left = (words.left)(&seller, &clock(order, at));
    let call = match &order.customer.phone {
        Some(phone) => (words.may_call)(phone.as_str()),
        None => words.cannot_call.to_owned(),
    };
    Letter {
        subject: (words.on_its_way_subject)(&seller),
        preheader: left.clone(),
        stamp: words.on_its_way,
        heading: words.on_its_way_heading.to_owned(),
        body: vec![format!("{left} {call}")],
        said: None,
        facts: vec![place(order), (words.on_its_way_since, day(order, at))],
        slip: (all.your_order_at)(&seller),
        total: all.total_paid,
        action: all.follow,
    }
}
