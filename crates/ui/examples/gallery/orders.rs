//! Sample orders.

use domain::{
    ids::OrderId,
    language::Language,
    order::{Customer, Fulfilment, Line, LineOption, Order, OrderParts, Totals},
    payment::{Payment, PaymentState},
    ports::{Hop, OrderView},
    status::{OrderStanding, Status},
};
use jiff::SignedDuration;

use super::{now, slug, town};

fn line(n: usize) -> Line {
    let option = |name: &str, price_minor| LineOption {
        id: slug(name).parse().unwrap(),
        name: name.parse().unwrap(),
        price_minor,
    };
    let (name, quantity, unit, options, note) = match n % 4 {
        0 => ("Margherita", 2, 950, vec![option("Extra cheese", 150)], None),
        1 => ("Tiramisu", 1, 650, vec![], None),
        2 => {
            ("Tagliatelle al ragu", 1, 1290, vec![option("Large", 300)], Some("No pepper, please"))
        }
        _ => ("Insalata mista", 3, 720, vec![], Some("Dressing on the side. ALLERGIC TO NUTS")),
    };
    let each = unit + options.iter().map(|o| o.price_minor).sum::<i64>();
    Line {
        item_id: slug(name).parse().unwrap(),
        name: name.parse().unwrap(),
        quantity,
        unit_price_minor: unit,
        options,
        note: note.map(|note| note.parse().unwrap()),
        total_minor: each * i64::from(quantity),
        tax: None,
    }
}

/// The `n`th order, placed `minutes_ago` minutes ago.
pub(crate) fn order(n: u32, minutes_ago: i64, delivery: bool) -> Order {
    let bella = &town()[0].0;
    let lines: Vec<_> = (n as usize..).take(1 + n as usize % 3).map(line).collect();
    let subtotal_minor = lines.iter().map(|l| l.total_minor).sum();
    let delivery_fee_minor = if delivery { 250 } else { 0 };
    let names = ["Ada Lovelace", "Grace", "Edsger Dijkstra", "Barbara", "Niklaus"];
    let id = format!("0199b1b4-0000-7000-8000-{:012x}", 0x00a7_31c4_u64 * u64::from(n + 3));
    Order::try_from(OrderParts {
        id: id.parse::<OrderId>().unwrap(),
        seller: bella.seller(),
        placed_at: now() - SignedDuration::from_mins(minutes_ago),
        customer: Customer {
            name: names[n as usize % names.len()].parse().unwrap(),
            email: "ada@example.com".parse().unwrap(),
            phone: None,
            language: Language::En,
        },
        fulfilment: if delivery {
            Fulfilment::Delivery { address: "12 Via Roma, second floor".parse().unwrap() }
        } else {
            Fulfilment::Pickup
        },
        lines,
        totals: Totals {
            subtotal_minor,
            delivery_fee_minor,
            tip_minor: 200,
            tax_minor: 0,
            total_minor: subtotal_minor + delivery_fee_minor + 200,
        },
        tax: None,
        currency: bella.currency,
        payment_method: "pm_card_visa".parse().unwrap(),
        menu_version: 7,
        replaces: None,
    })
    .unwrap()
}

/// An order with this status and the history up to it.
pub(crate) fn view(order: Order, status: Status, reason: Option<&str>) -> OrderView {
    let before = |s: &Status| *s < status && *s <= Status::Completed;
    let steps = match status {
        Status::Declined => vec![Status::Placed],
        _ => Status::ALL.iter().copied().filter(before).collect(),
    };
    let at = |n: i64| order.placed_at + SignedDuration::from_secs(47 * n);
    let steps = (0..).zip(steps.into_iter().chain([status]));
    OrderView {
        order_id: order.id,
        standing: OrderStanding {
            status,
            at: order.placed_at,
            reason: reason.map(str::to_owned),
            ready_by: (status >= Status::Accepted)
                .then(|| order.placed_at + SignedDuration::from_mins(25)),
            number: (status != Status::Placed && status != Status::Declined)
                .then(|| i64::try_from(order.id.0.as_u128() % 97).unwrap() + 1)
                .and_then(|number| number.try_into().ok()),
        },
        history: steps.map(|(n, s)| (s, at(n))).collect(),
        payment: None,
        order: Some(order),
    }
}

/// The payment of an order.
pub(crate) fn payment(view: &OrderView, state: PaymentState) -> Payment {
    Payment { attempts: 1, ..Payment::new(view.order.as_ref().unwrap(), state) }
}

/// Sample positions of an order's events in the log.
pub(crate) fn hops(view: &OrderView) -> Vec<Hop> {
    let hop = |(n, (status, at)): (usize, &(Status, jiff::Timestamp))| {
        let n = i64::try_from(n).unwrap();
        Hop {
            order_id: view.order_id,
            status: *status,
            topic: match status {
                Status::Placed => "order_details".into(),
                Status::Confirmed => "order_confirmed".into(),
                Status::Declined => "order_declined".into(),
                _ => "order_progress".into(),
            },
            partition: 3,
            offset: 1_000 + 7 * n,
            produced_at: *at,
            seen_at: *at + SignedDuration::from_millis(4 + 9 * n),
        }
    };
    view.history.iter().enumerate().map(hop).collect()
}
