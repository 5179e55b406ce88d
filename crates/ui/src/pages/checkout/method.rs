//! The choice between card and cash, where the restaurant takes cash.

use domain::{money::Money, payment_method::MethodKind, violation::ViolationKind};
use maud::{Markup, html};

use super::{
    CheckoutPage, FulfilmentKind, payment,
    sums::{self, Sum},
};
use crate::icons;

/// True if the restaurant takes cash, so that there is a choice.
pub(super) const fn is_offered(page: &CheckoutPage<'_>) -> bool {
    page.restaurant.cash.is_allowed
}

/// True if some combination of choices can be paid in cash.
pub(super) fn is_cash_possible(page: &CheckoutPage<'_>) -> bool {
    sums::sums(page).iter().any(|sum| is_within_limit(page, sum))
}

fn is_within_limit(page: &CheckoutPage<'_>, sum: &Sum<'_>) -> bool {
    page.restaurant.cash.takes(sum.total_minor)
}

/// The text of the chosen method; the style sheet hides the other one.
pub(super) fn either(page: &CheckoutPage<'_>, by_card: &str, in_cash: &str) -> Markup {
    html! {
        @if is_offered(page) {
            span.card-only { (by_card) }
            span.cash-only { (in_cash) }
        } @else {
            (by_card)
        }
    }
}

/// The choice, what is wrong with it, and what it means.
pub(super) fn choice(page: &CheckoutPage<'_>) -> Markup {
    html! {
        @if is_offered(page) {
            div #checkout-method data-part {
                div.tiles {
                    @if payment::takes_cards(page) { (card(page)) }
                    (cash(page))
                }
                (error(page))
                div.cash-only aria-live="polite" {
                    @for sum in sums::sums(page) {
                        @if is_within_limit(page, &sum) { p.(sum.class) { (due(page, &sum)) } }
                    }
                }
            }
        }
    }
}

fn is_cash_chosen(page: &CheckoutPage<'_>) -> bool {
    let wanted = page.entered.payment_method == MethodKind::Cash.name();
    is_cash_possible(page) && (wanted || !payment::takes_cards(page))
}

fn card(page: &CheckoutPage<'_>) -> Markup {
    let words = &page.reader.words().checkout.cash;
    html! {
        label.tile {
            input type="radio" name="payment_method" value=(MethodKind::Card)
                checked[!is_cash_chosen(page)];
            (icons::card()) strong { (words.card) } small { (words.card_now) }
        }
    }
}

/// Without a script, only a total that exceeds the limit in any case disables it.
fn cash(page: &CheckoutPage<'_>) -> Markup {
    let words = &page.reader.words().checkout.cash;
    let is_wrong = wrong(page).is_some();
    html! {
        label.tile {
            input type="radio" name="payment_method" value=(MethodKind::Cash)
                data-limit=[page.restaurant.cash.limit_minor] checked[is_cash_chosen(page)]
                disabled[!is_cash_possible(page)]
                aria-describedby=[is_wrong.then_some("method-error")];
            (icons::cash()) strong { (words.cash) }
            @for sum in sums::sums(page) { small.(sum.class) { (terms(page, &sum)) } }
        }
    }
}

/// When cash is paid, and up to how much.
fn terms(page: &CheckoutPage<'_>, sum: &Sum<'_>) -> String {
    let words = &page.reader.words().checkout.cash;
    let when = (words.when)(sum.kind == FulfilmentKind::Delivery);
    let limit = page.restaurant.cash.limit_minor;
    let limit = limit.map(|minor| page.reader.money(Money::new(minor, page.restaurant.currency)));
    match limit {
        Some(limit) if is_within_limit(page, sum) => (words.up_to)(when, &limit),
        Some(limit) => (words.over)(&limit, &sum.total),
        None => when.to_owned(),
    }
}

fn due(page: &CheckoutPage<'_>, sum: &Sum<'_>) -> String {
    let words = &page.reader.words().checkout.cash;
    match sum.kind {
        FulfilmentKind::Pickup => (words.due_at)(page.restaurant.name.as_str(), &sum.total),
        FulfilmentKind::Delivery => (words.due_to_courier)(&sum.total),
    }
}

/// Why the method is refused. What is wrong with a card stands at the card.
fn wrong<'a>(page: &'a CheckoutPage<'_>) -> Option<&'a ViolationKind> {
    let at = |kind: &&ViolationKind| matches!(kind, ViolationKind::Cart(_));
    let mut wrong = page.violations.iter().filter(|v| v.field == "payment_method");
    wrong.find_map(|violation| Some(&violation.kind).filter(at))
}

fn error(page: &CheckoutPage<'_>) -> Markup {
    let words = &page.reader.words().forms;
    html! {
        @if let Some(kind) = wrong(page) {
            p.error #method-error { ((words.wrong)(words.payment_method, kind)) "." }
        }
    }
}
