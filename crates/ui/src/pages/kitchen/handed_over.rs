//! Orders handed over recently.

use domain::{ports::OrderView, status::Status};
use maud::{Markup, html};

use super::{KitchenPage, clock, money, number, piece, sheet, slip};
use crate::icons;

pub(super) fn sheet_of_past(page: &KitchenPage<'_>) -> Markup {
    let words = page.words();
    let content = html! {
        @if page.handed_over.is_empty() { p.nothing { (words.none_handed_over) } }
        ul.past { @for view in page.handed_over { (row(page, view)) } }
    };
    sheet(page, "past", words.handed_over, &content)
}

fn row(page: &KitchenPage<'_>, view: &OrderView) -> Markup {
    let at = view.history.iter().find(|(status, _)| *status == Status::Completed);
    let at = at.map_or(view.standing.at, |(_, at)| *at);
    html! {
        li {
            p.past-head {
                strong { (number(view)) }
                @if let Some(order) = &view.order {
                    span {
                        (order.customer.name)
                        @if page.selected.is_none() { " · " (order.seller.name) }
                    }
                }
                time datetime=(at) { (clock(page, view, at)) }
            }
            @if let Some(order) = &view.order {
                p { (order.lines.iter().map(piece).collect::<Vec<_>>().join(", ")) }
                (slip::how(page, order))
                @if let Some(cash) = money::collected(page, view) {
                    p.cash { (icons::cash()) (cash) }
                }
            }
        }
    }
}
