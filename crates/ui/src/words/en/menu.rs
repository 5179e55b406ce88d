//! English: the menu and the cart.

use domain::menu::Dietary;

use crate::words::{Cart, Menu, Search, Sheet, Sums};

pub(super) const MENU: Menu = Menu {
    all_restaurants: "All restaurants",
    categories: "Categories",
    empty: "The menu is empty.",
    empty_hint: "Please come back later.",
    contains: "Contains",
    sold_out: "Sold out today",
    only_left: |left| format!("Only {left} left"),
    dietary: |tag| match tag {
        Dietary::Vegetarian => "Vegetarian",
        Dietary::Vegan => "Vegan",
        Dietary::Halal => "Halal",
        Dietary::Kosher => "Kosher",
        Dietary::Spicy => "Spicy",
    },
    // Menus are written in their owners' words.
    allergen: |_| None,
};

pub(super) const SEARCH: Search = Search {
    label: "Search and filter the menu",
    placeholder: "Search the menu",
    without: "Without",
    show: "Show",
    clear: "Show everything",
    none: "No dish is like that.",
    none_hint: "Take a filter away, or look for another word.",
};

pub(super) const SHEET: Sheet = Sheet {
    rule: |min, max| match (min, max) {
        (0, 1) => "Choose one if you like".to_owned(),
        (0, max) => format!("Choose up to {max}"),
        (1, 1) => "Choose one".to_owned(),
        (min, max) if min == max => format!("Choose {min}"),
        (min, max) => format!("Choose {min} to {max}"),
    },
    note: "Note for the kitchen",
    quantity: "Quantity",
    one_less: "One less",
    one_more: "One more",
    add: "Add",
    to_order: "to order",
};

pub(super) const CART: Cart = Cart {
    title: "Your order",
    blank: "Still a blank slip.",
    blank_hint: "Tap a dish to add it.",
    dishes: |n| if n == 1 { "1 dish".to_owned() } else { format!("{n} dishes") },
    view: "View order",
    say: |dishes, sum| format!("Your order: {dishes}, {sum}"),
    tax_is_added: "Tax is added at checkout.",
    more_for_delivery: |sum| format!("{sum} more for delivery. Pickup is open to any order."),
    to_checkout: "Go to checkout",
    not_yet: |who| format!("{who} takes no orders now. We keep yours until it does."),
    less_of: |dish| format!("One {dish} less"),
    more_of: |dish| format!("One {dish} more"),
};

pub(super) const SUMS: Sums = Sums {
    dishes: "Dishes",
    delivery: "Delivery",
    tip: "Tip",
    total: "Total",
    including: |tax| format!("Including {tax}"),
};
