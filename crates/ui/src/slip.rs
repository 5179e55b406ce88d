//! The order slip: lines and sums on paper with a torn edge.

use domain::{
    money::{Currency, Money},
    order::{Line, Totals},
};
use maud::{Markup, html};

/// The lines of an order, dish by dish.
pub(crate) fn lines(lines: &[Line], currency: Currency) -> Markup {
    html! {
        ul.lines {
            @for line in lines {
                li.line {
                    span.qty { (line.quantity) "\u{00d7}" }
                    div.what { (what(line)) }
                    span.amount { (Money::new(line.total_minor, currency)) }
                }
            }
        }
    }
}

/// Name, options and note of a line.
pub(crate) fn what(line: &Line) -> Markup {
    html! {
        strong { (line.name) }
        @if !line.options.is_empty() {
            p.options {
                @for (n, option) in line.options.iter().enumerate() {
                    @if n > 0 { ", " }
                    (option.name)
                }
            }
        }
        @if let Some(note) = &line.note { p.note { "\u{201c}" (note) "\u{201d}" } }
    }
}

/// The sums of an order.
pub(crate) fn totals(totals: &Totals, currency: Currency) -> Markup {
    let amount = |minor| Money::new(minor, currency);
    html! {
        dl.totals {
            div { dt { "Dishes" } dd { (amount(totals.subtotal_minor)) } }
            @if totals.delivery_fee_minor > 0 {
                div { dt { "Delivery" } dd { (amount(totals.delivery_fee_minor)) } }
            }
            @if totals.tip_minor > 0 { div { dt { "Tip" } dd { (amount(totals.tip_minor)) } } }
            div.sum { dt { "Total" } dd { (amount(totals.total_minor)) } }
        }
    }
}
