//! The choice between card and cash on the checkout.

use domain::{
    cart::CartError,
    money::{Currency, Money},
    payment_method::CapturePoint,
    restaurant::{CashRules, Restaurant},
    violation::Violation,
};
use ui::pages::CheckoutPage;

use crate::build::checkout_at;

fn up_to(limit_minor: Option<i64>) -> impl FnOnce(&mut Restaurant) {
    move |restaurant| restaurant.cash = CashRules { is_allowed: true, limit_minor }
}

fn unchanged(_: &mut CheckoutPage<'_>) {}

/// The tag of a radio button of the choice.
fn radio<'a>(page: &'a str, value: &str) -> Option<&'a str> {
    let start = format!("name=\"payment_method\" value=\"{value}\"");
    page.split("<input ").find(|tag| tag.contains(&start))?.split('>').next()
}

/// What stands at the choice.
fn choice(page: &str) -> &str {
    let choice = page.split("id=\"checkout-method\"").nth(1).unwrap_or_default();
    choice.split("id=\"card-error\"").next().unwrap()
}

#[test]
fn cash_is_a_choice_where_the_restaurant_takes_it() {
    let without = checkout_at(|r| r.cash = CashRules::default(), unchanged);
    assert!(!without.contains("checkout-method") && !without.contains("cash-only"), "{without}");

    // Two margheritas are 19.00, delivery is 2.50, and the highest tip 3.00.
    let page = checkout_at(up_to(Some(6_000)), unchanged);
    assert!(radio(&page, "card").unwrap().contains("checked"), "{page}");
    let cash = radio(&page, "cash").unwrap();
    assert!(cash.contains("data-limit=\"6000\"") && !cash.contains("checked"), "{cash}");
    for part in [
        "When you collect, up to €60.00",
        "At your door, up to €60.00",
        "You pay €19.00 in cash at Bella Napoli, when you collect your order.",
        "You pay €21.50 in cash to the courier, at your door.",
        "Order for €21.50 in cash",
        "Pay €21.50",
        "name=\"card\" value=\"pm_card_visa\"",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    let without_limit = checkout_at(up_to(None), unchanged);
    assert!(choice(&without_limit).contains(">At your door<"), "{without_limit}");
}

#[test]
fn what_was_chosen_stays_chosen() {
    let page = checkout_at(up_to(None), |page| page.entered.payment_method = "cash".into());
    assert!(radio(&page, "cash").unwrap().contains("checked"));
    assert!(!radio(&page, "card").unwrap().contains("checked"));
}

#[test]
fn cash_over_its_limit_cannot_be_chosen_and_says_why() {
    let page = checkout_at(up_to(Some(1_500)), |page| page.entered.payment_method = "cash".into());
    let cash = radio(&page, "cash").unwrap();
    assert!(cash.contains("disabled") && !cash.contains("checked"), "{cash}");
    assert!(radio(&page, "card").unwrap().contains("checked"));
    assert!(page.contains("Up to €15.00; this order is €21.50"), "{page}");
    assert!(!page.contains("You pay €21.50 in cash"), "{page}");
    // Collected, it is within the limit.
    let page = checkout_at(up_to(Some(2_000)), unchanged);
    assert!(!radio(&page, "cash").unwrap().contains("disabled"));
    assert!(page.contains("Up to €20.00; this order is €21.50"));
    assert!(page.contains("When you collect, up to €20.00"));
}

#[test]
fn a_refusal_stands_at_the_choice() {
    let limit = Money::new(2_000, Currency::EUR);
    let page = checkout_at(up_to(Some(2_000)), |page| {
        page.entered.payment_method = "cash".into();
        page.violations = vec![Violation::new("payment_method", CartError::CashLimit { limit })];
    });
    let error = choice(&page).split("id=\"method-error\">").nth(1).unwrap();
    assert!(error.starts_with("This restaurant takes at most €20.00 in cash; pay by card."));
    assert!(radio(&page, "cash").unwrap().contains("aria-describedby=\"method-error\""));
    assert_eq!(page.matches("takes at most").count(), 1, "it is said once: {page}");
}

#[test]
fn a_shop_without_cards_takes_cash() {
    let page = checkout_at(up_to(Some(6_000)), |page| page.test_gateway = false);
    assert_eq!(radio(&page, "card"), None);
    assert!(radio(&page, "cash").unwrap().contains("checked"));
    assert!(!page.contains("type=\"submit\" disabled"), "{page}");
    let too_dear = checkout_at(up_to(Some(100)), |page| page.test_gateway = false);
    assert!(too_dear.contains("type=\"submit\" disabled"), "{too_dear}");
    assert!(too_dear.contains("We cannot take cards at the moment."), "{too_dear}");
}

#[test]
fn money_that_is_held_is_announced() {
    let held = "taken only when Bella Napoli accepts your order";
    for (capture, is_held) in [(CapturePoint::AtAcceptance, true), (CapturePoint::AtOrder, false)] {
        let page = checkout_at(|restaurant| restaurant.capture = Some(capture), unchanged);
        assert_eq!(page.contains(held), is_held, "{capture}");
    }
}
