//! The order slip: lines and sums on paper with a torn edge.

use domain::{
    money::{Currency, Money},
    order::{Line, Totals},
};
use maud::{Markup, html};

use crate::Reader;

/// The lines of an order, dish by dish.
pub(crate) fn lines(reader: &Reader, lines: &[Line], currency: Currency) -> Markup {
    html! {
        ul.lines {
            @for line in lines {
                li.line {
                    span.qty { (line.quantity) "\u{00d7}" }
                    div.what { (what(line)) }
                    span.amount { (reader.money(Money::new(line.total_minor, currency))) }
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
pub(crate) fn totals(reader: &Reader, totals: &Totals, currency: Currency) -> Markup {
    let words = &reader.words().sums;
    let amount = |minor| reader.money(Money::new(minor, currency));
    html! {
        dl.totals {
            div { dt { (words.dishes) } dd { (amount(totals.subtotal_minor)) } }
            @if totals.delivery_fee_minor > 0 {
                div { dt { (words.delivery) } dd { (amount(totals.delivery_fee_minor)) } }
            }
            @if totals.tip_minor > 0 { div { dt { (words.tip) } dd { (amount(totals.tip_minor)) } } }
            div.sum { dt { (words.total) } dd { (amount(totals.total_minor)) } }
        }
    }
}
