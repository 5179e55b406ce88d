//! The slip of the checkout. Its sums depend on choices made in the form, so every combination is
//! written out and the style sheet shows the one that is chosen: exact, and without a script.

use domain::tax::OrderTax;
use maud::{Markup, html};

use super::{CheckoutPage, FulfilmentKind, choices, method, money, payment};
use crate::{cart::CartRow, fields, slip};

/// One combination of fulfilment and tip.
pub(super) struct Sum<'a> {
    /// Shows an element while this combination is chosen.
    pub(super) class: String,
    pub(super) kind: FulfilmentKind,
    fee: Option<String>,
    tip: Option<String>,
    tax: Option<&'a OrderTax>,
    pub(super) total_minor: i64,
    pub(super) total: String,
}

/// Every combination that can be chosen.
pub(super) fn sums<'a>(page: &'a CheckoutPage<'_>) -> Vec<Sum<'a>> {
    let kinds = [("d", FulfilmentKind::Delivery), ("p", FulfilmentKind::Pickup)];
    let is_offered =
        |kind| kind == FulfilmentKind::Pickup || page.restaurant.delivery_fee_minor.is_some();
    let tips = choices::tips(page);
    let mut sums = Vec::new();
    for (name, kind) in kinds.into_iter().filter(|(_, kind)| is_offered(*kind)) {
        let (fee, tax) = fee_and_tax(page, kind);
        for (n, tip) in tips.iter().copied().enumerate() {
            let total_minor = without_tip(page, kind).saturating_add(tip);
            sums.push(Sum {
                class: format!("sum-case sum-{name}{n}"),
                kind,
                fee: (fee > 0).then(|| money(page, fee)),
                tip: (tip > 0).then(|| money(page, tip)),
                tax,
                total_minor,
                total: money(page, total_minor),
            });
        }
    }
    sums
}

/// The total before the tip, in minor units.
pub(super) fn without_tip(page: &CheckoutPage<'_>, kind: FulfilmentKind) -> i64 {
    let (fee, tax) = fee_and_tax(page, kind);
    let added = tax.map_or(0, OrderTax::added_minor);
    page.cart.subtotal_minor().saturating_add(fee).saturating_add(added)
}

/// The delivery fee, in minor units, and the taxes.
fn fee_and_tax<'a>(
    page: &'a CheckoutPage<'_>,
    kind: FulfilmentKind,
) -> (i64, Option<&'a OrderTax>) {
    match kind {
        FulfilmentKind::Delivery => {
            (page.restaurant.delivery_fee_minor.unwrap_or(0), page.delivery_tax.as_ref())
        }
        FulfilmentKind::Pickup => (0, page.pickup_tax.as_ref()),
    }
}

pub(super) fn slip(page: &CheckoutPage<'_>) -> Markup {
    let (sums, totals) = (sums(page), &page.reader.words().sums);
    html! {
        div.checkout-slip #checkout-slip data-part {
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
                                dt { (totals.dishes) } dd { (money(page, page.cart.subtotal_minor())) }
                            }
                            @if let Some(fee) = &sum.fee { div { dt { (totals.delivery) } dd { (fee) } } }
                            @if let Some(tip) = &sum.tip { div { dt { (totals.tip) } dd { (tip) } } }
                            (slip::added_tax(&page.reader, sum.tax, page.restaurant.currency))
                            div.sum { dt { (totals.total) } dd { (sum.total) } }
                            (slip::included_tax(&page.reader, sum.tax, page.restaurant.currency))
                        }
                    }
                }
            }
            (pay(page, &sums))
        }
    }
}

/// The button, which says what it does.
fn pay(page: &CheckoutPage<'_>, sums: &[Sum<'_>]) -> Markup {
    let words = &page.reader.words().checkout;
    let can_pay = page.open && page.cart.is_orderable() && payment::is_possible(page);
    html! {
        div.pay {
            button.primary.wide type="submit" disabled[!can_pay] {
                @for sum in sums {
                    span class=(sum.class) {
                        (method::either(page, &(words.pay)(&sum.total), &(words.cash.order)(&sum.total)))
                    }
                }
                span.paying hidden { (method::either(page, words.paying, words.cash.ordering)) }
            }
            p.hint { (method::either(page, words.once, words.cash.once)) }
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
