//! A restaurant's menu with the cart beside it.

use std::collections::HashSet;

use domain::{
    ids::ItemId,
    menu::{Category, Item, Menu},
    money::Money,
    restaurant::Restaurant,
    violation::Violation,
};
use maud::{Markup, html};

use super::home::terms;
use crate::{
    Reader,
    cart::CartView,
    dish, icons,
    layout::{Place, document},
};

mod cart;
mod sheet;

/// A restaurant's menu.
#[derive(Clone, Debug)]
pub struct MenuPage<'a> {
    /// Who reads it.
    pub reader: Reader,
    /// Who cooks.
    pub restaurant: &'a Restaurant,
    /// What there is.
    pub menu: &'a Menu,
    /// Dishes that have run out.
    pub sold_out: &'a HashSet<ItemId>,
    /// What the customer has chosen so far.
    pub cart: CartView,
    /// A dish that could not be added, with the reasons: its sheet is shown open.
    pub refused: Option<RefusedLine>,
}

/// A line that was not added to the cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLine {
    /// Which dish.
    pub item_id: ItemId,
    /// What is wrong.
    pub violations: Vec<Violation>,
}

/// The menu at `/r/{restaurant}`.
pub fn menu(page: &MenuPage<'_>) -> Markup {
    let r = page.restaurant;
    let categories = || page.menu.categories().iter().filter(|c| !c.items.is_empty());
    let main = html! {
        div.shop-head {
            div {
                p.back { a href="/" { "All restaurants" } }
                h1 { (r.name) }
                @if let Some(tagline) = &r.tagline { p.lead { (tagline) } }
            }
            (terms(&page.reader, r))
        }
        nav.categories aria-label="Categories" {
            ul { @for c in categories() { li { a href={ "#c-" (c.id) } { (c.name) } } } }
        }
        div.shop {
            div.dishes {
                @if categories().next().is_none() {
                    div.empty { p.big { "The menu is empty." } p { "Please come back later." } }
                }
                @for c in categories() { (category(page, c)) }
            }
            (cart::panel(page))
        }
        (cart::bar(page))
        @for c in categories() {
            @for item in &c.items {
                @if !page.sold_out.contains(&item.id) { (sheet::sheet(page, item)) }
            }
        }
    };
    document(&page.reader, r.name.as_str(), Place::Shop, "menu-page", &main)
}

fn category(page: &MenuPage<'_>, category: &Category) -> Markup {
    html! {
        section id={ "c-" (category.id) } aria-labelledby={ "h-" (category.id) } {
            h2 id={ "h-" (category.id) } { (category.name) }
            ul.cards {
                @for item in &category.items { li { (card(page, category, item)) } }
            }
        }
    }
}

fn card(page: &MenuPage<'_>, category: &Category, item: &Item) -> Markup {
    let sold_out = page.sold_out.contains(&item.id);
    html! {
        article.card.sold-out[sold_out] {
            div.card-text {
                h3 {
                    @if sold_out { (item.name) } @else {
                        button.card-open type="button" popovertarget={ "i-" (item.id) } {
                            (item.name)
                        }
                    }
                }
                @if let Some(text) = &item.description { p.about { (text) } }
                p.price {
                    (Money::new(item.price_minor, page.restaurant.currency))
                    @if sold_out { span.badge { "Sold out today" } }
                }
                (allergens(item))
            }
            div.card-picture {
                (dish::named(item, category.name.as_str()))
                @if !sold_out { span.add-sign aria-hidden="true" { (icons::plus()) } }
            }
        }
    }
}

fn allergens(item: &Item) -> Markup {
    html! {
        @if !item.allergens.is_empty() {
            p.chips {
                span.visually-hidden { "Contains " }
                @for allergen in &item.allergens { span.chip { (allergen) } " " }
            }
        }
    }
}
