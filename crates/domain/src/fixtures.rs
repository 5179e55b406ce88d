//! Values for this crate's tests.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    ids::OrderId,
    menu::{Category, Choice, Item, Menu, OptionGroup},
    money::Currency,
    order::{Customer, Fulfilment, Line, LineOption, Order, OrderParts, Seller, Totals},
    restaurant::{DEFAULT_ACCEPT_WITHIN_S, Restaurant},
};

pub(crate) fn restaurant() -> Restaurant {
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
    }
}

fn item(id: &str, name: &str, price_minor: i64, groups: Vec<OptionGroup>) -> Item {
    Item {
        id: id.parse().unwrap(),
        name: name.parse().unwrap(),
        description: None,
        price_minor,
        allergens: vec![],
        stock: None,
        option_groups: groups,
    }
}

fn group(id: &str, min: u32, max: u32, options: &[(&str, &str, i64)]) -> OptionGroup {
    let option = |(id, name, price_minor): &(&str, &str, i64)| Choice {
        id: id.parse().unwrap(),
        name: name.parse().unwrap(),
        price_minor: *price_minor,
    };
    OptionGroup {
        id: id.parse().unwrap(),
        name: "Extras".parse().unwrap(),
        min,
        max,
        options: options.iter().map(option).collect(),
    }
}

pub(crate) fn menu() -> Menu {
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

pub(crate) fn order_parts(n: u128) -> OrderParts {
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

pub(crate) fn order(n: u128) -> Order {
    Order::try_from(order_parts(n)).unwrap()
}
