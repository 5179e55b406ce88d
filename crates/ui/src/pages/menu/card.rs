//! A dish on the menu.

use std::collections::BTreeSet;

use domain::{
    menu::{Category, Dietary, Item},
    money::Money,
    stock::level_if_low,
};
use maud::{Markup, html};

use super::MenuPage;
use crate::{Reader, dish, icons};

pub(super) fn card(page: &MenuPage<'_>, category: &Category, item: &Item) -> Markup {
    let sold_out = is_sold_out(page, item);
    html! {
        article.card.sold-out[sold_out] data-dietary=[dietary_data(item)]
            data-never=[never_without(item)] {
            div.card-text {
                h3 {
                    button.card-open type="button" popovertarget={ "i-" (item.id) } { (item.name) }
                }
                @if let Some(text) = &item.description { p.about { (text) } }
                p.price {
                    (page.reader.money(Money::new(item.price_minor, page.restaurant.currency)))
                    (supply(page, item))
                }
                (chips(&page.reader, item))
            }
            div.card-picture {
                (dish::named(item, category.name.as_str()))
                @if !sold_out { span.add-sign aria-hidden="true" { (icons::plus()) } }
            }
        }
    }
}

pub(super) fn is_sold_out(page: &MenuPage<'_>, item: &Item) -> bool {
    page.left.get(&item.id) == Some(&0)
}

/// The mark of a dish that is sold out or low.
pub(super) fn supply(page: &MenuPage<'_>, item: &Item) -> Markup {
    let words = &page.reader.words().menu;
    html! {
        @match level_if_low(page.left.get(&item.id).copied()) {
            None => {},
            Some(0) => span.badge { (words.sold_out) },
            Some(left) => span.badge.few { ((words.only_left)(left)) },
        }
    }
}

/// Chips of diets and allergens.
pub(super) fn chips(reader: &Reader, item: &Item) -> Markup {
    let words = &reader.words().menu;
    html! {
        @if !item.dietary.is_empty() || !item.allergens.is_empty() {
            p.chips {
                @for tag in &item.dietary {
                    span.chip.(tag) { (icons::dietary(*tag)) ((words.dietary)(*tag)) } " "
                }
                @if !item.allergens.is_empty() {
                    span.visually-hidden { (words.contains) " " }
                    @for name in &item.allergens { span.chip { (reader.allergen(name.as_str())) } " " }
                }
            }
        }
    }
}

/// All diets of the dish, for the script that filters while typing.
fn dietary_data(item: &Item) -> Option<String> {
    let names: Vec<_> =
        Dietary::ALL.iter().filter(|tag| item.is(**tag)).map(|t| t.name()).collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// The allergens that no choice avoids, for the same script.
fn never_without(item: &Item) -> Option<String> {
    let never: BTreeSet<_> =
        item.every_allergen().filter(|name| !item.can_be_without(name)).collect();
    (!never.is_empty()).then(|| never.into_iter().collect::<Vec<_>>().join(","))
}
