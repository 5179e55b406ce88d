//! The order slip: lines and sums on paper with a torn edge.

use domain::{
    money::{Currency, Money},
    order::{Line, Order},
    tax::{OrderTax, Prices},
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
pub(crate) fn totals(reader: &Reader, order: &Order) -> Markup {
    let (words, totals) = (&reader.words().sums, &order.totals);
    let amount = |minor| reader.money(Money::new(minor, order.currency));
    html! {
        dl.totals {
            div { dt { (words.dishes) } dd { (amount(totals.subtotal_minor)) } }
            @if totals.delivery_fee_minor > 0 {
                div { dt { (words.delivery) } dd { (amount(totals.delivery_fee_minor)) } }
            }
            @if totals.tip_minor > 0 { div { dt { (words.tip) } dd { (amount(totals.tip_minor)) } } }
            (added_tax(reader, order.tax.as_ref(), order.currency))
            div.sum { dt { (words.total) } dd { (amount(totals.total_minor)) } }
            (included_tax(reader, order.tax.as_ref(), order.currency))
        }
    }
}

/// The taxes that are added to the prices: above the total.
pub(crate) fn added_tax(reader: &Reader, tax: Option<&OrderTax>, currency: Currency) -> Markup {
    let added = tax.filter(|tax| tax.prices == Prices::Exclusive);
    html! {
        @for tax in added.iter().flat_map(|tax| &tax.amounts) {
            div {
                dt { (tax.rate.name) }
                dd { (reader.money(Money::new(tax.tax_minor, currency))) }
            }
        }
    }
}

/// The taxes that the prices contain: below the total.
pub(crate) fn included_tax(reader: &Reader, tax: Option<&OrderTax>, currency: Currency) -> Markup {
    let included = tax.filter(|tax| tax.prices == Prices::Inclusive);
    html! {
        @for tax in included.iter().flat_map(|tax| &tax.amounts) {
            div.included {
                dt { ((reader.words().sums.including)(tax.rate.name.as_str())) }
                dd { (reader.money(Money::new(tax.tax_minor, currency))) }
            }
        }
    }
}
