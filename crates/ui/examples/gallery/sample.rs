//! Sample data, shared by the gallery and the tests.

use domain::{
    hours::{OpeningHours, Span},
    menu::{Category, Choice, Dietary, Item, Menu, OptionGroup},
    money::Currency,
    restaurant::{CashRules, DEFAULT_BUSINESS_DAY_STARTS, Restaurant},
    seller::{Legal, PostalAddress},
};
use jiff::Timestamp;

#[path = "books.rs"]
mod books;
#[path = "figures.rs"]
mod figures;
#[path = "orders.rs"]
mod orders;

pub(crate) use books::day_page;
pub(crate) use figures::{analytics_page, orders_page};
pub(crate) use orders::{hops, order, payment, view};

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
        opening_hours: None,
        pause: None,
        tax: None,
        capture: None,
        cash: CashRules { is_allowed: true, limit_minor: Some(6_000) },
        business_day_starts: DEFAULT_BUSINESS_DAY_STARTS,
        legal: None,
        address: None,
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
        allergens: vec![],
    };
    OptionGroup {
        id: id.parse().unwrap(),
        name: name.parse().unwrap(),
        min,
        max,
        options: options.iter().map(option).collect(),
    }
}

pub(crate) fn slug(name: &str) -> String {
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

/// The diets of a dish, guessed from its name and allergens.
fn dietary(name: &str, allergens: &str) -> Vec<Dietary> {
    let meat =
        ["Diavola", "Calzone", "ragu", "beef", "Beef", "pork", "chicken", "Chicken", "burger"];
    let mut tags = vec![];
    if !meat.iter().any(|word| name.contains(word)) && !allergens.contains("fish") {
        let vegan = !["milk", "egg"].iter().any(|a| allergens.contains(a));
        tags.push(if vegan { Dietary::Vegan } else { Dietary::Vegetarian });
    }
    if ["Diavola", "Arrabbiata", "curry"].iter().any(|word| name.contains(word)) {
        tags.push(Dietary::Spicy);
    }
    tags
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
        dietary: dietary(name, allergens),
        stock: None,
        low_stock: None,
        tax: None,
        tax_delivery: None,
        hidden: false,
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

/// The menu of an Italian restaurant.
pub(crate) const NAPOLI: &str = include_str!("napoli.txt");
/// The menu of a restaurant with dishes of many cuisines.
pub(crate) const GARDEN: &str = include_str!("garden.txt");
/// The menu of a burger restaurant.
pub(crate) const CORNER: &str = include_str!("corner.txt");

/// Lunch and dinner, on Fridays and Saturdays until late; no Mondays.
fn hours() -> OpeningHours {
    let span = |from: &str, until: &str| Span {
        from: from.parse().unwrap(),
        until: until.parse().unwrap(),
    };
    let usual = vec![span("11:30", "14:30"), span("18:00", "22:30")];
    let late = vec![span("11:30", "14:30"), span("18:00", "01:00")];
    let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| usual.clone());
    week[0].clear();
    week[4].clone_from(&late);
    week[5] = late;
    OpeningHours::new(week, std::collections::BTreeMap::new()).unwrap()
}

/// The legal entity of a restaurant.
fn legal() -> Legal {
    Legal {
        name: "Bella Napoli S.r.l.".parse().unwrap(),
        tax_number: "IT 01234567890".parse().ok(),
        imprint: "REA NA-123456 · Capitale sociale € 10.000 i.v.".parse().ok(),
    }
}

/// The address of a restaurant.
fn address() -> PostalAddress {
    PostalAddress {
        line1: "Via dei Tribunali 12".parse().unwrap(),
        line2: None,
        postcode: "80138".parse().unwrap(),
        city: "Napoli".parse().unwrap(),
        region: "NA".parse().ok(),
        country: "IT".parse().unwrap(),
        point: None,
    }
}

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
    corner.opening_hours = Some(hours());
    let mut garden = restaurant(
        "jade-garden",
        "Jade Garden",
        "Dumplings folded by hand, noodles pulled to order",
        "Europe/Berlin",
        Currency::EUR,
    );
    garden.delivery_fee_minor = Some(0);
    garden.opening_hours = Some(hours());
    // At the sample time, one restaurant is closed and the other open.
    corner.time_zone = "Asia/Tokyo".parse().unwrap();
    let tagline = "Pizza from a wood oven, as in Naples";
    let mut bella =
        restaurant("bella-napoli", "Bella Napoli", tagline, "Europe/Rome", Currency::EUR);
    (bella.legal, bella.address) = (Some(legal()), Some(address()));
    vec![(bella, menu(NAPOLI)), (garden, menu(GARDEN)), (corner, menu(CORNER))]
}
