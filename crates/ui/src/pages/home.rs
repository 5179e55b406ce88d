//! The front page: who cooks today.

use domain::{menu::Menu, money::Money, restaurant::Restaurant};
use maud::{Markup, html};

use crate::{
    dish, icons,
    layout::{Place, Staff, document},
};

/// A restaurant on the front page.
#[derive(Clone, Copy, Debug)]
pub struct RestaurantCard<'a> {
    /// Who.
    pub restaurant: &'a Restaurant,
    /// What they cook: some of it is pictured.
    pub menu: &'a Menu,
}

/// The front page.
#[derive(Clone, Debug)]
pub struct HomePage<'a> {
    /// In the order shown.
    pub restaurants: Vec<RestaurantCard<'a>>,
    /// For the links of the staff.
    pub staff: Staff,
}

/// The front page at `/`.
pub fn home(page: &HomePage<'_>) -> Markup {
    let main = html! {
        div.hero {
            h1 { "Good food, on its way." }
            p.lead {
                "Pick a restaurant. You see every step of your order until it is at the door."
            }
        }
        @if page.restaurants.is_empty() {
            div.empty {
                p.big { "No restaurant is open yet." }
                p { "As soon as one publishes its menu, it appears here." }
            }
        } @else {
            ul.restaurants {
                @for card in &page.restaurants { li { (restaurant(*card)) } }
            }
        }
    };
    document("Order food", Place::Front(page.staff), "home", &main)
}

fn restaurant(card: RestaurantCard<'_>) -> Markup {
    let r = card.restaurant;
    html! {
        a.restaurant href={ "/r/" (r.id) } {
            div.table {
                @for (item, category) in pictured(card.menu) { (dish::picture(item, category)) }
            }
            div.restaurant-text {
                h2 { (r.name) }
                @if let Some(tagline) = &r.tagline { p.tagline { (tagline) } }
                (terms(r))
            }
        }
    }
}

/// Time, delivery fee and minimum, as a row of facts.
pub(super) fn terms(r: &Restaurant) -> Markup {
    html! {
        ul.terms {
            li { (icons::clock()) (r.preparation_min) "\u{2013}" (r.preparation_min + 10) " min" }
            @match r.delivery_fee_minor {
                None => li { (icons::bag()) "Pickup only" },
                Some(0) => li { (icons::courier()) "Free delivery" },
                Some(fee) => li { (icons::courier()) (Money::new(fee, r.currency)) " delivery" },
            }
            @if r.delivery_fee_minor.is_some() && r.minimum_order_minor > 0 {
                li { "Minimum " (Money::new(r.minimum_order_minor, r.currency)) }
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
