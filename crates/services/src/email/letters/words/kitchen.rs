//! Where the food is.

use domain::order::{Fulfilment, Order};
use jiff::Timestamp;

use super::{Letter, clock, day, place, seller};

pub(super) fn ready(order: &Order, at: Timestamp) -> Letter {
    let (seller, clock) = (seller(order), clock(order, at));
    let (heading, preheader, body) = match order.fulfilment {
        Fulfilment::Pickup => (
            "Your order is ready to collect.",
            format!("Ready since {clock} at {seller}. It is paid: just come and take it."),
            format!(
                "{seller} has had it packed for you since {clock}. It is paid: say your name, and \
                 take it."
            ),
        ),
        Fulfilment::Delivery { .. } => (
            "Your order is packed and waits for the courier.",
            format!("Ready since {clock}. We write again when it is on its way."),
            format!("{seller} finished it at {clock}. We write again when it is on its way."),
        ),
    };
    let mut facts = vec![place(order)];
    if order.fulfilment == Fulfilment::Pickup {
        facts.push(("In the name of", order.customer.name.to_string()));
    }
    facts.push(("Ready since", day(order, at)));
    Letter {
        subject: match order.fulfilment {
            Fulfilment::Pickup => format!("{seller}: your order is ready to collect"),
            Fulfilment::Delivery { .. } => format!("{seller}: your order is ready"),
        },
        preheader,
        heading: heading.to_owned(),
        body: vec![body],
        said: None,
        facts,
        slip: format!("Your order at {seller}"),
        total: "Total, paid",
        action: "See your order",
    }
}

pub(super) fn on_its_way(order: &Order, at: Timestamp) -> Letter {
    let (seller, clock) = (seller(order), clock(order, at));
    let call = match &order.customer.phone {
        Some(phone) => format!("Please stay near the door; the courier may call {phone}."),
        None => "Please stay near the door, for the courier has no number to call.".to_owned(),
    };
    Letter {
        subject: format!("{seller}: your order is on its way"),
        preheader: format!("It left {seller} at {clock}."),
        heading: "Your order is on its way.".to_owned(),
        body: vec![format!("It left {seller} at {clock}. {call}")],
        said: None,
        facts: vec![place(order), ("On its way since", day(order, at))],
        slip: format!("Your order at {seller}"),
        total: "Total, paid",
        action: "Follow your order live",
    }
}
