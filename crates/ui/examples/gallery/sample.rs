//! Sample data, shared by the gallery and the tests.

use std::collections::BTreeMap;

use domain::{
    facts::{ItemDelta, Summary},
    ids::OrderId,
    menu::{Category, Choice, Item, Menu, OptionGroup},
    money::Currency,
    order::{Customer, Fulfilment, Line, LineOption, Order, OrderParts, Seller, Totals},
    ports::OrderView,
    restaurant::Restaurant,
    status::{Standing, Status},
};
use jiff::{SignedDuration, Timestamp};

/// The hour at which every sample happens.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T18:23:00Z".parse().unwrap()
}

/// A restaurant.
pub(crate) fn restaurant(
    id: &str,
    name: &str,
    tagline: &str,
    zone: &str,
    currency: Currency,
) -> Restaurant {
    Restaurant {
        id: id.parse().unwrap(),
        name: name.parse().unwrap(),
        tagline: tagline.parse().ok(),
        currency,
        time_zone: zone.parse().unwrap(),
        auto_accept: false,
        accept_within_s: 900,
        delivery_fee_minor: Some(250),
        minimum_order_minor: 1500,
        preparation_min: 25,
    }
}

/// A question about a dish.
pub(crate) fn group(
    id: &str,
    name: &str,
    min: u32,
    max: u32,
    options: &[(&str, i64)],
) -> OptionGroup {
    let option = |(name, price_minor): &(&str, i64)| Choice {
        id: slug(name).parse().unwrap(),
        name: name.parse().unwrap(),
        price_minor: *price_minor,
    };
    OptionGroup {
        id: id.parse().unwrap(),
        name: name.parse().unwrap(),
        min,
        max,
        options: options.iter().map(option).collect(),
    }
}

fn slug(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.chars().map(plain).collect::<String>().trim_matches('-').to_owned()
}

fn groups(kind: char) -> Vec<OptionGroup> {
    let extras = group(
        "extras",
        "Extras",
        0,
        3,
        &[("Extra cheese", 150), ("Chilli", 50), ("Basil", 0), ("Olives", 100)],
    );
    let size = group("size", "Size", 1, 1, &[("Regular", 0), ("Large", 300)]);
    let second = group("side", "Side", 1, 1, &[("House salad", 0), ("Fries", 120)]);
    match kind {
        'e' => vec![size, extras],
        's' => vec![size, second],
        'x' => vec![extras],
        _ => vec![],
    }
}

fn item(row: &str) -> Item {
    let mut parts = row.split('|').map(str::trim);
    let mut next = || parts.next().unwrap_or_default();
    let (name, price, allergens, kind, text) = (next(), next(), next(), next(), next());
    Item {
        id: slug(name).parse().unwrap(),
        name: name.parse().unwrap(),
        description: text.parse().ok(),
        price_minor: price.parse().unwrap(),
        allergens: allergens.split_whitespace().map(|a| a.parse().unwrap()).collect(),
        stock: None,
        option_groups: groups(kind.chars().next().unwrap_or('-')),
    }
}

/// A menu from lines: `# Category`, then `name | price | allergens | kind of options | text`.
pub(crate) fn menu(text: &str) -> Menu {
    let mut categories: Vec<Category> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("# ") {
            categories.push(Category {
                id: slug(name).parse().unwrap(),
                name: name.parse().unwrap(),
                items: vec![],
            });
        } else if let Some(category) = categories.last_mut() {
            category.items.push(item(line));
        }
    }
    Menu::new(categories).unwrap()
}

/// Italian.
pub(crate) const NAPOLI: &str = include_str!("napoli.txt");
/// Many kitchens in one.
pub(crate) const GARDEN: &str = include_str!("garden.txt");
/// Burgers and the like.
pub(crate) const CORNER: &str = include_str!("corner.txt");

/// The three restaurants with their menus.
pub(crate) fn town() -> Vec<(Restaurant, Menu)> {
    let mut corner = restaurant(
        "corner-grill",
        "Corner Grill",
        "Smashed, stacked and never in a hurry",
        "Europe/London",
        Currency::GBP,
    );
    corner.delivery_fee_minor = None;
    corner.preparation_min = 15;
    let mut garden = restaurant(
        "jade-garden",
        "Jade Garden",
        "Dumplings folded by hand, noodles pulled to order",
        "Europe/Berlin",
        Currency::EUR,
    );
    garden.delivery_fee_minor = Some(0);
    let tagline = "Pizza from a wood oven, as in Naples";
    vec![
        (
            restaurant("bella-napoli", "Bella Napoli", tagline, "Europe/Rome", Currency::EUR),
            menu(NAPOLI),
        ),
        (garden, menu(GARDEN)),
        (corner, menu(CORNER)),
    ]
}

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
    }
}

/// The `n`th order, placed so many minutes ago.
pub(crate) fn order(n: u32, minutes_ago: i64, delivery: bool) -> Order {
    let bella = &town()[0].0;
    let lines: Vec<_> = (n as usize..).take(1 + n as usize % 3).map(line).collect();
    let subtotal_minor = lines.iter().map(|l| l.total_minor).sum();
    let delivery_fee_minor = if delivery { 250 } else { 0 };
    let names = ["Ada Lovelace", "Grace", "Edsger Dijkstra", "Barbara", "Niklaus"];
    let id = format!("0199b1b4-0000-7000-8000-{:012x}", 0x00a7_31c4_u64 * u64::from(n + 3));
    Order::try_from(OrderParts {
        id: id.parse::<OrderId>().unwrap(),
        seller: Seller {
            id: bella.id.clone(),
            name: bella.name.clone(),
            time_zone: bella.time_zone.clone(),
            auto_accept: false,
            accept_within_s: 900,
        },
        placed_at: now() - SignedDuration::from_mins(minutes_ago),
        customer: Customer {
            name: names[n as usize % names.len()].parse().unwrap(),
            email: "ada@example.com".parse().unwrap(),
            phone: None,
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
            total_minor: subtotal_minor + delivery_fee_minor + 200,
        },
        currency: bella.currency,
        payment_method: "pm_card_visa".parse().unwrap(),
        menu_version: 7,
        replaces: None,
    })
    .unwrap()
}

/// An order that stands at a status, with the history that leads there.
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
        standing: Standing {
            status,
            at: order.placed_at,
            reason: reason.map(str::to_owned),
            ready_by: (status >= Status::Accepted)
                .then(|| order.placed_at + SignedDuration::from_mins(25)),
        },
        history: steps.map(|(n, s)| (s, at(n))).collect(),
        payment: None,
        order: Some(order),
    }
}

/// Figures of a busy day.
pub(crate) fn summary() -> Summary {
    let dishes = [
        ("Margherita", 212),
        ("Tagliatelle al ragu", 148),
        ("Diavola", 96),
        ("Tiramisu", 91),
        ("Insalata mista", 64),
        ("Espresso", 41),
        ("Calzone", 17),
        ("Quattro formaggi con pere e noci", 9),
    ];
    let delta = |(name, quantity): &(&str, i64)| {
        let name_ = name.parse().unwrap();
        let sold = ItemDelta { name: name_, quantity: *quantity, revenue_minor: quantity * 950 };
        (slug(name).parse().unwrap(), sold)
    };
    let this_hour = now().as_second().div_euclid(3600) * 3600;
    let by_hour = [3, 0, 0, 0, 0, 0, 0, 0, 2, 4, 7, 19, 44, 38, 17, 8, 6, 11, 29, 57, 61, 18];
    let hours = (0..)
        .zip(by_hour.iter().rev())
        .filter(|(_, n)| **n > 0)
        .map(|(ago, n)| (this_hour - 3600 * ago, *n, n * 2310));
    Summary {
        orders: BTreeMap::from([
            (Status::Placed, 344),
            (Status::Confirmed, 324),
            (Status::Declined, 20),
            (Status::Completed, 301),
        ]),
        revenue_minor: BTreeMap::from([(Currency::EUR, 748_440), (Currency::GBP, 91_325)]),
        confirmed: BTreeMap::from([(Currency::EUR, 290), (Currency::GBP, 34)]),
        items_sold: 678,
        customers: 251,
        returning: 58,
        top_items: dishes.iter().map(delta).collect(),
        hours: hours.collect::<Vec<_>>().into_iter().rev().collect(),
        event_time: Some(now() - SignedDuration::from_secs(4)),
    }
}
