//! The cart: a panel beside the menu on wide screens, a sheet behind the bar on narrow ones.

use domain::{money::Money, tax::Prices};
use maud::{Markup, html};

use super::MenuPage;
use crate::{cart::CartRow, fields, icons, slip};

pub(super) fn panel(page: &MenuPage<'_>) -> Markup {
    let (currency, words) = (page.restaurant.currency, &page.reader.words().cart);
    html! {
        aside #cart.cart popover="auto" data-swap aria-labelledby="cart-title" {
            div.slip {
                div.slip-head {
                    h2 #cart-title { (words.title) }
                    button.close.icon-button type="button" popovertarget="cart"
                        popovertargetaction="hide" aria-label=(page.reader.words().shell.close) { (icons::close()) }
                }
                @if page.cart.rows.is_empty() {
                    div.empty {
                        p.big { (words.blank) }
                        p { (words.blank_hint) }
                    }
                } @else {
                    ul.lines {
                        @for (n, row) in page.cart.rows.iter().enumerate() {
                            li.line.wrong[!row.problems.is_empty()] { (line(page, n, row)) }
                        }
                    }
                    dl.totals {
                        div.sum {
                            dt { (page.reader.words().sums.dishes) }
                            dd { (page.reader.money(Money::new(page.cart.subtotal_minor(), currency))) }
                        }
                    }
                    (to_checkout(page))
                }
            }
        }
    }
}

fn to_checkout(page: &MenuPage<'_>) -> Markup {
    let (r, words) = (page.restaurant, &page.reader.words().cart);
    let missing = r.minimum_order_minor - page.cart.subtotal_minor();
    let is_tax_added = r.tax.as_ref().is_some_and(|tax| tax.prices() == Prices::Exclusive);
    html! {
        @if is_tax_added { p.hint { (words.tax_is_added) } }
        @if r.delivery_fee_minor.is_some() && missing > 0 {
            p.hint {
                ((words.more_for_delivery)(&page.reader.money(Money::new(missing, r.currency))))
            }
        }
        @if r.opening(page.now).is_open() {
            a.primary.wide href={ "/checkout?restaurant=" (r.id) } { (words.to_checkout) }
        } @else {
            p.shut-note { ((words.not_yet)(r.name.as_str())) }
        }
    }
}

fn line(page: &MenuPage<'_>, index: usize, row: &CartRow) -> Markup {
    let action = format!("/r/{}/cart/line", page.restaurant.id);
    let words = &page.reader.words().cart;
    html! {
        div.what {
            @match &row.line {
                Some(line) => (slip::what(line)),
                None => strong { (row.label) },
            }
            @for problem in &row.problems {
                p.error { (fields::line_message(&page.reader, problem)) "." }
            }
        }
        @if let Some(line) = &row.line {
            span.amount { (page.reader.money(Money::new(line.total_minor, page.restaurant.currency))) }
        }
        form.amounts method="post" action=(action) data-enhance {
            input type="hidden" name="line" value=(index);
            button.icon-button type="submit" name="quantity" value=(row.quantity.saturating_sub(1))
                aria-label=((words.less_of)(&row.label)) { (icons::minus()) }
            span.qty { (row.quantity) }
            button.icon-button type="submit" name="quantity" value=(row.quantity.saturating_add(1))
                aria-label=((words.more_of)(&row.label)) { (icons::plus()) }
        }
    }
}

pub(super) fn bar(page: &MenuPage<'_>) -> Markup {
    let (pieces, words) = (page.cart.pieces(), &page.reader.words().cart);
    let dishes = (words.dishes)(pieces);
    let sum = Money::new(page.cart.subtotal_minor(), page.restaurant.currency);
    let sum = page.reader.money(sum);
    html! {
        div #cart-bar.cart-bar data-swap data-say=((words.say)(&dishes, &sum)) {
            @if pieces > 0 {
                button.primary.wide type="button" popovertarget="cart" {
                    span.count { (pieces) }
                    span { (words.view) span.visually-hidden { ", " (dishes) } }
                    span { (sum) }
                }
            }
        }
    }
}
