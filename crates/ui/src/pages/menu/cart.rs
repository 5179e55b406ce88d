//! The cart: a panel beside the menu on wide screens, a sheet behind the bar on narrow ones.

use domain::money::Money;
use maud::{Markup, html};

use super::MenuPage;
use crate::{cart::CartRow, fields, icons, slip, when};

pub(super) fn panel(page: &MenuPage<'_>) -> Markup {
    let currency = page.restaurant.currency;
    html! {
        aside #cart.cart popover="auto" data-swap aria-labelledby="cart-title" {
            div.slip {
                div.slip-head {
                    h2 #cart-title { "Your order" }
                    button.close.icon-button type="button" popovertarget="cart"
                        popovertargetaction="hide" aria-label=(page.reader.words().shell.close) { (icons::close()) }
                }
                @if page.cart.rows.is_empty() {
                    div.empty {
                        p.big { "Still a blank slip." }
                        p { "Tap a dish to add it." }
                    }
                } @else {
                    ul.lines {
                        @for (n, row) in page.cart.rows.iter().enumerate() {
                            li.line.wrong[!row.problems.is_empty()] { (line(page, n, row)) }
                        }
                    }
                    dl.totals {
                        div.sum {
                            dt { "Dishes" }
                            dd { (Money::new(page.cart.subtotal_minor(), currency)) }
                        }
                    }
                    (to_checkout(page))
                }
            }
        }
    }
}

fn to_checkout(page: &MenuPage<'_>) -> Markup {
    let r = page.restaurant;
    let missing = r.minimum_order_minor - page.cart.subtotal_minor();
    html! {
        @if r.delivery_fee_minor.is_some() && missing > 0 {
            p.hint {
                (Money::new(missing, r.currency))
                " more for delivery. Pickup is open to any order."
            }
        }
        a.primary.wide href={ "/checkout?restaurant=" (r.id) } { "Go to checkout" }
    }
}

fn line(page: &MenuPage<'_>, index: usize, row: &CartRow) -> Markup {
    let action = format!("/r/{}/cart/line", page.restaurant.id);
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
            span.amount { (Money::new(line.total_minor, page.restaurant.currency)) }
        }
        form.amounts method="post" action=(action) data-enhance {
            input type="hidden" name="line" value=(index);
            button.icon-button type="submit" name="quantity" value=(row.quantity.saturating_sub(1))
                aria-label={ "One " (row.label) " less" } { (icons::minus()) }
            span.qty { (row.quantity) }
            button.icon-button type="submit" name="quantity" value=(row.quantity.saturating_add(1))
                aria-label={ "One " (row.label) " more" } { (icons::plus()) }
        }
    }
}

pub(super) fn bar(page: &MenuPage<'_>) -> Markup {
    let pieces = page.cart.pieces();
    let dishes = when::count(pieces, "dish", "dishes");
    let sum = Money::new(page.cart.subtotal_minor(), page.restaurant.currency);
    let say = format!("Your order: {dishes}, {sum}");
    html! {
        div #cart-bar.cart-bar data-swap data-say=(say) {
            @if pieces > 0 {
                button.primary.wide type="button" popovertarget="cart" {
                    span.count { (pieces) }
                    span { "View order" span.visually-hidden { ", " (dishes) } }
                    span { (sum) }
                }
            }
        }
    }
}
