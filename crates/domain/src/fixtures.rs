//! Values for tests: of this crate, and of others through the feature `fixtures`.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "only tests see this module, and these values are valid"
)]

mod any;

use jiff::Timestamp;
use uuid::Uuid;

pub use any::{any_order, any_time};

use crate::{
    ids::OrderId,
    language::Language,
    menu::{Category, Choice, Item, Menu, OptionGroup},
    money::Currency,
    order::{Customer, Fulfilment, Line, LineOption, Order, OrderParts, Seller, Totals},
    restaurant::{DEFAULT_ACCEPT_WITHIN_S, Restaurant},
};

/// A restaurant that delivers and whose orders a person accepts.
pub fn restaurant() -> Restaurant {
    Restaurant {
        id: "bella-napoli".parse().unwrap(),
        name: "Bella Napoli".parse().unwrap(),
        tagline: None,
        currency: Currency::EUR,
        time_zone: "Europe/Rome".parse().unwrap(),
        auto_accept: false,
        accept_within_s: DEFAULT_ACCEPT_WITHIN_S,
        delivery_fee_minor: Some(250),
        minimum_order_minor: 0,
        preparation_min: 20,
        opening_hours: None,
        pause: None,
    }
}

fn item(id: &str, name: &str, price_minor: i64, groups: Vec<OptionGroup>) -> Item {
    Item {
        id: id.parse().unwrap(),
        name: name.parse().unwrap(),
        description: None,
        price_minor,
        allergens: vec![],
        dietary: vec![],
        stock: None,
        low_stock: None,
        hidden: false,
        option_groups: groups,
    }
}

fn group(id: &str, min: u32, max: u32, options: &[(&str, &str, i64)]) -> OptionGroup {
    let option = |(id, name, price_minor): &(&str, &str, i64)| Choice {
        id: id.parse().unwrap(),
        name: name.parse().unwrap(),
        price_minor: *price_minor,
        allergens: vec![],
    };
    OptionGroup {
        id: id.parse().unwrap(),
        name: "Extras".parse().unwrap(),
        min,
        max,
        options: options.iter().map(option).collect(),
    }
}

/// Two dishes: one with optional extras, one whose size must be chosen.
pub fn menu() -> Menu {
    let extras =
        group("extras", 0, 3, &[("extra-cheese", "Extra cheese", 150), ("basil", "Basil", 0)]);
    let size = group("size", 1, 1, &[("small", "Small", 0), ("large", "Large", 300)]);
    let items = vec![
        item("margherita", "Margherita", 950, vec![extras]),
        item("calzone", "Calzone", 1100, vec![size]),
    ];
    Menu::new(vec![Category {
        id: "pizza".parse().unwrap(),
        name: "Pizza".parse().unwrap(),
        items,
    }])
    .unwrap()
}

/// The parts of [`order`], to be broken.
pub fn order_parts(n: u128) -> OrderParts {
    let restaurant = restaurant();
    OrderParts {
        id: OrderId(Uuid::from_u128(n)),
        seller: Seller {
            id: restaurant.id,
            name: restaurant.name,
            time_zone: restaurant.time_zone,
            auto_accept: false,
            accept_within_s: DEFAULT_ACCEPT_WITHIN_S,
        },
        placed_at: Timestamp::UNIX_EPOCH,
        customer: Customer {
            name: "Ada".parse().unwrap(),
            email: "ada@example.com".parse().unwrap(),
            phone: None,
            language: Language::En,
        },
        fulfilment: Fulfilment::Pickup,
        lines: vec![Line {
            item_id: "margherita".parse().unwrap(),
            name: "Margherita".parse().unwrap(),
            quantity: 2,
            unit_price_minor: 950,
            options: vec![LineOption {
                id: "extra-cheese".parse().unwrap(),
                name: "Extra cheese".parse().unwrap(),
                price_minor: 150,
            }],
            note: None,
            total_minor: 2200,
        }],
        totals: Totals {
            subtotal_minor: 2200,
            delivery_fee_minor: 0,
            tip_minor: 0,
            total_minor: 2200,
        },
        currency: Currency::EUR,
        payment_method: "pm_card_visa".parse().unwrap(),
        menu_version: 7,
        replaces: None,
    }
}

/// A small order for pickup; `n` makes its id.
pub fn order(n: u128) -> Order {
    Order::try_from(order_parts(n)).unwrap()
}

/// The same for delivery.
pub fn delivery(n: u128) -> Order {
    let mut parts = order_parts(n);
    parts.fulfilment = Fulfilment::Delivery { address: "12 Via Roma".parse().unwrap() };
    parts.totals.delivery_fee_minor = 250;
    parts.totals.total_minor += 250;
    Order::try_from(parts).unwrap()
}

/// The same at a restaurant that accepts by itself.
pub fn auto_accepted(n: u128) -> Order {
    let mut parts = order_parts(n);
    parts.seller.auto_accept = true;
    Order::try_from(parts).unwrap()
}

/// An order that uses everything an order can say, with text from several scripts.
pub fn rich_order() -> Order {
    let mut parts = order_parts(0x0199_b1b4_0000_7000_8000_0000_0000_0001);
    parts.seller.name = "Trattoria „Zum Löwen“ 🦁".parse().unwrap();
    parts.placed_at = "2026-11-22T12:00:00.123456Z".parse().unwrap();
    parts.customer = Customer {
        name: "Zoë 山田 O'Brien".parse().unwrap(),
        email: "Zoe.Yamada+food@Example.com".parse().unwrap(),
        phone: Some("+39 06 1234-567".parse().unwrap()),
        language: Language::En,
    };
    parts.fulfilment =
        Fulfilment::Delivery { address: "Straße des 17. Juni 135, שלום".parse().unwrap() };
    parts.lines[0].note = Some("ohne Öl, \"danke\" 🙏".parse().unwrap());
    parts.lines.push(Line {
        item_id: "tiramisu".parse().unwrap(),
        name: "Tiramisù".parse().unwrap(),
        quantity: 1,
        unit_price_minor: 650,
        options: vec![],
        note: None,
        total_minor: 650,
    });
    parts.totals =
        Totals { subtotal_minor: 2850, delivery_fee_minor: 250, tip_minor: 105, total_minor: 3205 };
    parts.replaces = Some(OrderId(Uuid::from_u128(0x0199_b1b4_0000_7000_8000_0000_0000_0000)));
    Order::try_from(parts).unwrap()
}
