//! The slip of the checkout. Its sums depend on choices made in the form, so every combination is
//! written out and the style sheet shows the one that is chosen: exact, and without a script.

use maud::{Markup, html};

use super::{CheckoutPage, choices, money};
use crate::{cart::CartRow, fields, slip};

/// One combination of fulfilment and tip.
struct Sum {
    class: String,
    fee: Option<String>,
    tip: Option<String>,
    total: String,
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
    let (sums, words) = (sums(page), &page.reader.words().sums);
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
                                dt { (words.dishes) } dd { (money(page, page.cart.subtotal_minor())) }
                            }
                            @if let Some(fee) = &sum.fee { div { dt { (words.delivery) } dd { (fee) } } }
                            @if let Some(tip) = &sum.tip { div { dt { (words.tip) } dd { (tip) } } }
                            div.sum { dt { (words.total) } dd { (sum.total) } }
                        }
                    }
                }
            }
            div.pay {
                button.primary.wide type="submit" disabled[!page.cart.is_orderable() || !page.open] {
                    @for sum in &sums { span class=(sum.class) { ((page.reader.words().checkout.pay)(&sum.total)) } }
                }
                p.hint { (page.reader.words().checkout.once) }
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
