//! The orders behind a figure.

use domain::{
    facts::{Fact, board::FactsQuery},
    money::Money,
};
use jiff::Timestamp;
use maud::{Markup, html};

use super::super::RestaurantChoice;
use crate::{
    Reader,
    layout::{Area, Staff, document},
    when,
};

/// Orders to which something happened in a time.
#[derive(Clone, Debug)]
pub struct OrdersPage<'a> {
    /// The reader.
    pub reader: Reader,
    /// The restaurants, for their names.
    pub restaurants: &'a [RestaurantChoice],
    /// The query.
    pub ask: &'a FactsQuery,
    /// The facts, latest first.
    pub facts: &'a [Fact],
    /// The current time.
    pub now: Timestamp,
    /// The signed-in staff, for the navigation.
    pub staff: Staff,
}

/// The list at `/analytics/orders`.
pub fn orders_behind(page: &OrdersPage<'_>) -> Markup {
    let words = &page.reader.words().figures;
    let title = (words.list)(page.ask.kind.name());
    let scope = page.ask.scope.name();
    let shop = page.restaurants.iter().find(|choice| choice.id.as_str() == scope);
    let is_cut = page.facts.len() >= usize::try_from(page.ask.limit).unwrap_or(usize::MAX);
    let main = html! {
        p { a href={ "/analytics?restaurant=" (scope) } { "\u{2190} " (words.back) } }
        h1 { (title) }
        p.soft {
            (shop.map_or(words.all_restaurants, |shop| shop.name.as_str()))
            @if let Some(reason) = page.ask.reason {
                " \u{00b7} " ((words.outcome)(page.ask.kind.name(), reason.name()))
            }
            " \u{00b7} " ((words.list_of)(page.facts.len()))
            @if is_cut { " \u{00b7} " ((words.list_cut)(page.facts.len())) }
        }
        @if page.facts.is_empty() { p.nothing { (words.list_none) } } @else {
            ul.behind { @for fact in page.facts { (order(page, fact)) } }
        }
    };
    let area = Area::Staff(page.staff, "/analytics");
    document(&page.reader, title, area, "analytics-page", &main)
}

fn order(page: &OrdersPage<'_>, fact: &Fact) -> Markup {
    let (reader, sale) = (&page.reader, &fact.sale);
    let zone = sale.time_zone.zone();
    let name = page.restaurants.iter().find(|choice| choice.id == sale.restaurant_id);
    let dishes: Vec<_> =
        sale.items.iter().map(|sold| format!("{} \u{00d7} {}", sold.quantity, sold.name)).collect();
    html! {
        li.panel {
            a href={ "/orders/" (sale.order_id) } {
                (when::near(reader, fact.at, page.now, &zone))
                " \u{00b7} "
                (name.map_or(sale.restaurant_id.as_str(), |choice| choice.name.as_str()))
            }
            b { (reader.money(Money::new(fact.amount_minor(), sale.currency))) }
            span.soft {
                (dishes.join(", "))
                @if !fact.reason.name().is_empty() {
                    " \u{00b7} "
                    ((reader.words().figures.outcome)(fact.kind.name(), fact.reason.name()))
                }
            }
        }
    }
}
