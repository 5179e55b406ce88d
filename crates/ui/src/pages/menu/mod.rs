//! A restaurant's menu with the cart beside it.

use std::collections::HashMap;

use domain::{
    ids::ItemId,
    menu::{Category, Menu, MenuFilter},
    restaurant::Restaurant,
    violation::Violation,
};
use jiff::Timestamp;
use maud::{Markup, html};

use super::home::terms;
use crate::{
    Reader,
    cart::CartView,
    layout::{Area, document},
    opening, seller,
    words::Notation,
};

mod card;
mod cart;
mod search;
mod sheet;

/// A restaurant's menu.
#[derive(Clone, Debug)]
pub struct MenuPage<'a> {
    /// The reader.
    pub reader: Reader,
    /// The restaurant.
    pub restaurant: &'a Restaurant,
    /// The menu.
    pub menu: &'a Menu,
    /// Pieces left of counted dishes.
    pub left: &'a HashMap<ItemId, u32>,
    /// The search; other dishes are hidden.
    pub wanted: MenuFilter,
    /// The cart.
    pub cart: CartView,
    /// A dish that could not be added, with the reasons: its sheet is shown open.
    pub refused: Option<RefusedLine>,
    /// The current time.
    pub now: Timestamp,
}

/// A line that was not added to the cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLine {
    /// The dish's id.
    pub item_id: ItemId,
    /// The violations by field.
    pub violations: Vec<Violation>,
}

/// The menu at `/r/{restaurant}`.
pub fn menu(page: &MenuPage<'_>) -> Markup {
    let (r, words) = (page.restaurant, &page.reader.words().menu);
    let pattern = page.reader.lang.pattern(r.currency);
    let categories = || page.menu.categories().iter().filter(|c| !c.items.is_empty());
    let main = html! {
        div.shop-head {
            div {
                p.back { a href="/" { (words.all_restaurants) } }
                h1 { (r.name) }
                @if let Some(tagline) = &r.tagline { p.lead { (tagline) } }
            }
            div.shop-terms #terms data-swap {
                (opening::hours(&page.reader, r, page.now))
                (terms(&page.reader, r))
            }
        }
        nav.categories aria-label=(words.categories) {
            ul {
                @for c in categories() {
                    li hidden[!suits(page, c)] { a href={ "#c-" (c.id) } { (c.name) } }
                }
            }
        }
        div.shop data-before=(pattern.before) data-after=(pattern.after) data-point=(pattern.point)
            data-group=(pattern.group) data-decimals=(r.currency.decimals())
            data-whole[r.currency.is_shown_whole()] {
            div.dishes-and-search {
                @if categories().next().is_none() {
                    div.empty { p.big { (words.empty) } p { (words.empty_hint) } }
                } @else {
                    (search::form(page))
                }
                div #dishes.dishes data-live={ "/r/" (r.id) "/events" } data-pushed data-sleeps {
                    @for c in categories() { (category(page, c)) }
                    (search::nothing(page))
                }
            }
            (cart::panel(page))
        }
        @if r.legal.is_some() {
            footer.shop-seller {
                (seller::seller(&page.reader, r.legal.as_ref(), r.address.as_ref()))
            }
        }
        (cart::bar(page))
        @for c in categories() { @for item in &c.items { (sheet::sheet(page, item)) } }
    };
    document(&page.reader, r.name.as_str(), Area::Shop, "menu-page", &main)
}

/// True if the search matches a dish of the category.
fn suits(page: &MenuPage<'_>, category: &Category) -> bool {
    category.items.iter().any(|item| page.wanted.suits(item))
}

fn category(page: &MenuPage<'_>, category: &Category) -> Markup {
    html! {
        section id={ "c-" (category.id) } aria-labelledby={ "h-" (category.id) }
            hidden[!suits(page, category)] {
            h2 id={ "h-" (category.id) } { (category.name) }
            ul.cards {
                @for item in &category.items {
                    li hidden[!page.wanted.suits(item)] { (card::card(page, category, item)) }
                }
            }
        }
    }
}
