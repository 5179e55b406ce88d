//! The slip of the checkout. Its sums depend on choices made in the form, so every combination is
//! written out and the style sheet shows the one that is chosen: exact, and without a script.

use domain::tax::OrderTax;
use maud::{Markup, html};

use super::{CheckoutPage, choices, money};
use crate::{cart::CartRow, fields, slip};

/// One combination of fulfilment and tip.
struct Sum<'a> {
    class: String,
    fee: Option<String>,
    tip: Option<String>,
    tax: Option<&'a OrderTax>,
    total: String,
}

fn sums<'a>(page: &'a CheckoutPage<'_>) -> Vec<Sum<'a>> {
    let subtotal = page.cart.subtotal_minor();
    let fee = page.restaurant.delivery_fee_minor;
    let kinds = [("d", fee, &page.delivery_tax), ("p", Some(0), &page.pickup_tax)];
    let tips = choices::tips(page);
    let mut sums = Vec::new();
    for (kind, fee, tax) in kinds {
        let (Some(fee), tax) = (fee, tax.as_ref()) else { continue };
        let added = tax.and_then(OrderTax::added_minor).unwrap_or(0);
        for (n, tip) in tips.iter().copied().enumerate() {
            let total = [fee, tip, added].into_iter().fold(subtotal, i64::saturating_add);
            sums.push(Sum {
                class: format!("sum-case sum-{kind}{n}"),
                fee: (fee > 0).then(|| money(page, fee)),
                tip: (tip > 0).then(|| money(page, tip)),
                tax,
                total: money(page, total),
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
                            (slip::added_tax(&page.reader, sum.tax, page.restaurant.currency))
                            div.sum { dt { (words.total) } dd { (sum.total) } }
                            (slip::included_tax(&page.reader, sum.tax, page.restaurant.currency))
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
