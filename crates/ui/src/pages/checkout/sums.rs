//! The slip of the checkout. Its sums depend on choices made in the form, so every combination is
//! written out and the style sheet shows the one that is chosen: exact, and without a script.

use domain::money::Money;
use maud::{Markup, html};

use super::{CheckoutPage, choices, money};
use crate::{cart::CartRow, fields, slip};

/// One combination of fulfilment and tip.
struct Sum {
    class: String,
    fee: Option<Money>,
    tip: Option<Money>,
    total: Money,
}

fn sums(page: &CheckoutPage<'_>) -> Vec<Sum> {
    let subtotal = page.cart.subtotal_minor();
    let fees = [("d", page.restaurant.delivery_fee_minor), ("p", Some(0))];
    let tips = choices::tips(page);
    let mut sums = Vec::new();
    for (kind, fee) in fees {
        for (n, tip) in tips.iter().copied().enumerate() {
            let Some(fee) = fee else { continue };
            sums.push(Sum {
                class: format!("sum-case sum-{kind}{n}"),
                fee: (fee > 0).then(|| money(page, fee)),
                tip: (tip > 0).then(|| money(page, tip)),
                total: money(page, subtotal.saturating_add(fee).saturating_add(tip)),
            });
        }
    }
    sums
}

pub(super) fn slip(page: &CheckoutPage<'_>) -> Markup {
    let sums = sums(page);
    html! {
        div.checkout-slip {
            div.slip {
                div.slip-head { h2 { (page.restaurant.name) } }
                (fields::errors(&page.reader, "lines-error", page.reader.words().forms.order, "lines", &page.violations))
                ul.lines {
                    @for (n, row) in page.cart.rows.iter().enumerate() { (line(page, n, row)) }
                }
                div aria-live="polite" {
                    @for sum in &sums {
                        dl.totals.(sum.class) {
                            div {
                                dt { "Dishes" } dd { (money(page, page.cart.subtotal_minor())) }
                            }
                            @if let Some(fee) = sum.fee { div { dt { "Delivery" } dd { (fee) } } }
                            @if let Some(tip) = sum.tip { div { dt { "Tip" } dd { (tip) } } }
                            div.sum { dt { "Total" } dd { (sum.total) } }
                        }
                    }
                }
            }
            div.pay {
                button.primary.wide type="submit" disabled[!page.cart.is_orderable()] {
                    @for sum in &sums { span class=(sum.class) { "Pay " (sum.total) } }
                }
                p.hint { "You pay once, even if you press twice." }
            }
        }
    }
}

fn line(page: &CheckoutPage<'_>, index: usize, row: &CartRow) -> Markup {
    let at = format!("lines[{index}].");
    let refused = || page.violations.iter().filter(|v| v.field.starts_with(&at));
    html! {
        li.line.wrong[!row.problems.is_empty()] {
            span.qty { (row.quantity) "\u{00d7}" }
            div.what {
                @match &row.line {
                    Some(line) => (slip::what(line)),
                    None => strong { (row.label) },
                }
                @for problem in &row.problems {
                p.error { (fields::line_message(&page.reader, problem)) "." }
            }
                @for violation in refused() { p.error { (fields::line_message(&page.reader, violation)) "." } }
            }
            @if let Some(line) = &row.line { span.amount { (money(page, line.total_minor)) } }
        }
    }
}
