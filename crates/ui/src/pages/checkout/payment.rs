//! Payment on the checkout: the fields of a card, in frames of the payment gateway.

use domain::{
    money::Money, payment::DeclineReason, payment_method::CapturePoint, violation::ViolationKind,
};
use maud::{Markup, html};

use super::{CheckoutNotice, CheckoutPage, method};

/// What the script of the checkout needs to show the fields of a card.
#[derive(Clone, Copy, Debug)]
pub struct CardSetup<'a> {
    /// The account at the payment gateway, `pk_…`.
    pub publishable_key: &'a str,
    /// The address of the gateway's script.
    pub script: &'a str,
    /// `automatic` or `manual`: when the money is captured, as the payment will say.
    pub capture: &'static str,
    /// An amount as the gateway's script takes it; `None` if it has no such amount.
    pub script_amount: fn(Money) -> Option<i64>,
}

/// Cards that the test gateway accepts or declines (Stripe's test payment methods).
const TEST_CARDS: [&str; 3] =
    ["pm_card_visa", "pm_card_chargeDeclined", "pm_card_chargeDeclinedInsufficientFunds"];

pub(super) fn payment(page: &CheckoutPage<'_>) -> Markup {
    let words = &page.reader.words().checkout;
    html! {
        fieldset.panel #payment {
            legend { (words.payment) }
            (method::choice(page))
            div.card-only {
                (card(page))
            }
        }
    }
}

fn card(page: &CheckoutPage<'_>) -> Markup {
    let words = &page.reader.words().checkout;
    html! {
        @if let Some(card) = &page.card {
            (fields(page, card))
            noscript {
                p { (words.needs_script) }
                @if page.test_gateway { (test_cards(page)) }
            }
        } @else if page.test_gateway {
            (test_cards(page))
        } @else {
            p { @if method::is_offered(page) { (words.cash.no_cards) } @else { (words.no_cards) } }
        }
        div #card-error role="alert" data-part { (error(page)) }
        @if takes_cards(page) && page.restaurant.capture_point() == CapturePoint::AtAcceptance {
            p.hint.held-hint { ((words.held)(page.restaurant.name.as_str())) }
        }
        @if page.card.is_some() {
            p.hint.card-field-hint {
                @if page.test_gateway { (words.test_hint) } @else { (words.card_hint) }
            }
        }
    }
}

/// True if the shop takes cards.
pub(super) const fn takes_cards(page: &CheckoutPage<'_>) -> bool {
    page.card.is_some() || page.test_gateway
}

/// True if the customer has a way to pay.
pub(super) fn is_possible(page: &CheckoutPage<'_>) -> bool {
    takes_cards(page) || method::is_cash_possible(page)
}

/// The place of the fields, which the script fills, and what it shows if they cannot be loaded.
fn fields(page: &CheckoutPage<'_>, card: &CardSetup<'_>) -> Markup {
    let currency = page.restaurant.currency.code().to_lowercase();
    html! {
        div.card-field aria-busy="true" data-card=(card.publishable_key) data-script=(card.script)
            data-capture=(card.capture) data-currency=(currency) { div {} }
        template data-without-card {
            p.error role="alert" { (page.reader.words().checkout.card_lost) }
            @if page.test_gateway { (test_cards(page)) }
        }
    }
}

/// Test cards by their effect, for pages without the fields of a card.
fn test_cards(page: &CheckoutPage<'_>) -> Markup {
    let entered = page.entered.payment_method.as_str();
    let known = TEST_CARDS.contains(&entered);
    // Beside the choice between card and cash, which has the other name.
    let field = if method::is_offered(page) { "card" } else { "payment_method" };
    let cards = TEST_CARDS.iter().zip(page.reader.words().checkout.test_cards);
    html! {
        div.rows {
            @for (n, (token, (name, what))) in cards.enumerate() {
                label.choice {
                    input type="radio" name=(field) value=(token)
                        checked[entered == *token || (!known && n == 0)];
                    span { strong { (name) } small { (what) } }
                }
            }
        }
    }
}

/// Why the bank or we refuse the card.
fn error(page: &CheckoutPage<'_>) -> Markup {
    let words = page.reader.words();
    let wrong = page.violations.iter().find(|violation| violation.field == "payment_method");
    html! {
        @if let Some(reason) = declined_card(page) {
            @let (what, advice) = (words.story.declined)(Some(reason));
            p.error { (what) " " (advice) }
        } @else if let Some(violation) = wrong {
            @match &violation.kind {
                ViolationKind::Text(_) => p.error { (words.checkout.card_missing) },
                // It stands at the choice.
                ViolationKind::Cart(_) if method::is_offered(page) => {},
                other => p.error {
                    ((words.forms.wrong)(words.forms.payment_method, other)) "."
                },
            }
        }
    }
}

/// The reason for which another card may help.
fn declined_card(page: &CheckoutPage<'_>) -> Option<DeclineReason> {
    match page.notice {
        Some(CheckoutNotice::Declined(reason)) if reason != DeclineReason::OutOfStock => {
            Some(reason)
        }
        _ => None,
    }
}
