//! The switches that mark dishes as sold out or available.

use std::collections::HashMap;

use domain::{
    ids::ItemId,
    menu::{Item, Menu},
    restaurant::Restaurant,
    stock::Dish,
};
use maud::{Markup, html};

use super::{KitchenPage, sheet};
use crate::icons;

/// The dishes of a restaurant.
#[derive(Clone, Debug)]
pub struct Pantry<'a> {
    /// The restaurant's id.
    pub restaurant: &'a Restaurant,
    /// The menu.
    pub menu: &'a Menu,
    /// Pieces left of counted dishes.
    pub left: HashMap<ItemId, u32>,
}

impl Pantry<'_> {
    fn dish(&self, item: &ItemId) -> Dish {
        Dish { restaurant_id: self.restaurant.id.clone(), item_id: item.clone() }
    }

    fn is_sold_out(&self, item: &ItemId) -> bool {
        self.left.get(item) == Some(&0)
    }
}

/// The sheet of all dishes, each with its switch.
pub(super) fn sheet_of_dishes(page: &KitchenPage<'_>) -> Markup {
    let words = &page.words().dishes;
    let several = page.pantries.len() > 1;
    let content = html! {
        p.soft { @if page.pantries.is_empty() { (words.none) } @else { (words.hint) } }
        @for pantry in &page.pantries {
            @if several { h3.pantry-name { (pantry.restaurant.name) } }
            @for category in pantry.menu.categories() {
                @if several { h4.pantry-category { (category.name) } }
                @else { h3.pantry-category { (category.name) } }
                ul.pantry { @for item in &category.items { (row(page, pantry, item)) } }
            }
        }
    };
    sheet(page, "pantry", words.title, &content)
}

fn row(page: &KitchenPage<'_>, pantry: &Pantry<'_>, item: &Item) -> Markup {
    let words = &page.words().dishes;
    let left = pantry.left.get(&item.id).copied();
    html! {
        li.gone[left == Some(0)] {
            div {
                strong { (item.name) }
                @match left {
                    Some(0) => p.badge.bad { (words.sold_out) },
                    Some(n) => p.soft { ((words.left)(n)) },
                    None => {},
                }
            }
            @if left == Some(0) {
                (change(page, &pantry.dish(&item.id), "unlimited", "again", &html! {
                    (words.sell_again) span.visually-hidden { ": " (item.name) }
                }))
            } @else {
                (change(page, &pantry.dish(&item.id), "sold-out", "sell-out", &html! {
                    (icons::sold_out()) span aria-hidden="true" { (words.mark) }
                    span.visually-hidden { ((words.sell_out)(item.name.as_str())) }
                }))
            }
        }
    }
}

/// The switch at a dish of a slip; a mark if it is sold out.
pub(super) fn on_slip(page: &KitchenPage<'_>, pantry: Option<&Pantry<'_>>, id: &ItemId) -> Markup {
    let words = &page.words().dishes;
    let found = pantry.and_then(|pantry| Some((pantry, pantry.menu.item(id)?)));
    html! {
        @if let Some((pantry, item)) = found {
            @if pantry.is_sold_out(id) {
                span.badge.bad { (words.sold_out) }
            } @else {
                (change(page, &pantry.dish(id), "sold-out", "sell-out small", &html! {
                    (icons::sold_out())
                    span.visually-hidden { ((words.sell_out)(item.name.as_str())) }
                }))
            }
        }
    }
}

/// The button that restores the previous level, or no count at all.
pub(super) fn undo(page: &KitchenPage<'_>, dish: &Dish, back: Option<u32>) -> Markup {
    let to = back.map_or_else(|| "unlimited".to_owned(), |pieces| pieces.to_string());
    change(page, dish, &to, "undo", &html! { (page.words().notice.undo) })
}

fn change(page: &KitchenPage<'_>, dish: &Dish, to: &str, class: &str, label: &Markup) -> Markup {
    html! {
        form.stock method="post" data-enhance data-once
            action={ "/kitchen/restaurants/" (dish.restaurant_id) "/stock" } {
            (page.way_back())
            input type="hidden" name="dish" value=(dish.item_id);
            button class=(class) type="submit" name="to" value=(to) { (label) }
            (super::slip::unsent(page))
        }
    }
}
