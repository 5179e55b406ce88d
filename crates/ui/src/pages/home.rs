//! The front page: all restaurants.

use domain::{menu::Menu, money::Money, restaurant::Restaurant};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    Reader, dish, icons,
    layout::{Area, Staff, document},
    opening,
};

/// A restaurant on the front page.
#[derive(Clone, Copy, Debug)]
pub struct RestaurantCard<'a> {
    /// The restaurant.
    pub restaurant: &'a Restaurant,
    /// The menu, for pictures of some dishes.
    pub menu: &'a Menu,
}

/// The front page.
#[derive(Clone, Debug)]
pub struct HomePage<'a> {
    /// The reader.
    pub reader: Reader,
    /// The restaurants in the order shown.
    pub restaurants: Vec<RestaurantCard<'a>>,
    /// The current time.
    pub now: Timestamp,
    /// The staff, for their links.
    pub staff: Staff,
}

/// The front page at `/`.
pub fn home(page: &HomePage<'_>) -> Markup {
    let words = &page.reader.words().home;
    let main = html! {
        div.hero {
            h1 { (words.headline) }
            p.lead { (words.lead) }
        }
        @if page.restaurants.is_empty() {
            div.empty {
                p.big { (words.none) }
                p { (words.none_hint) }
            }
        } @else {
            ul.restaurants {
                @for card in open_first(page) { li { (restaurant(page, card)) } }
            }
        }
    };
    document(&page.reader, words.title, Area::Front(page.staff), "home", &main)
}

/// Sorts open restaurants first; otherwise the order is kept.
fn open_first<'a>(page: &HomePage<'a>) -> Vec<RestaurantCard<'a>> {
    let mut cards = page.restaurants.clone();
    cards.sort_by_key(|card| !card.restaurant.opening(page.now).is_open());
    cards
}

fn restaurant(page: &HomePage<'_>, card: RestaurantCard<'_>) -> Markup {
    let (reader, r) = (&page.reader, card.restaurant);
    let shut = !r.opening(page.now).is_open();
    html! {
        a.restaurant.shut[shut] href={ "/r/" (r.id) } {
            div.table {
                @for (item, category) in pictured(card.menu) { (dish::picture(item, category)) }
            }
            div.restaurant-text {
                h2 { (r.name) }
                @if let Some(tagline) = &r.tagline { p.tagline { (tagline) } }
                (opening::line(reader, r, page.now))
                (terms(reader, r))
            }
        }
    }
}

/// Time, delivery fee and minimum, as a row of facts.
pub(super) fn terms(reader: &Reader, r: &Restaurant) -> Markup {
    let words = &reader.words().home;
    let money = |minor| reader.money(Money::new(minor, r.currency));
    html! {
        ul.terms {
            li { (icons::clock()) ((words.minutes)(r.preparation_min, r.preparation_min + 10)) }
            @match r.delivery_fee_minor {
                None => li { (icons::bag()) (words.pickup_only) },
                Some(0) => li { (icons::courier()) (words.free_delivery) },
                Some(fee) => li { (icons::courier()) ((words.delivery)(&money(fee))) },
            }
            @if r.delivery_fee_minor.is_some() && r.minimum_order_minor > 0 {
                li { ((words.minimum)(&money(r.minimum_order_minor))) }
            }
        }
    }
}

/// Up to three dishes, from as many categories as there are.
fn pictured(menu: &Menu) -> Vec<(&domain::menu::Item, &str)> {
    let by_turn = |turn: usize| {
        let of = move |c: &'_ domain::menu::Category| c.items.len() > turn;
        menu.categories()
            .iter()
            .filter(move |c| of(c))
            .filter_map(move |c| c.items.get(turn).map(|item| (item, c.name.as_str())))
    };
    (0..3).flat_map(by_turn).take(3).collect()
}
