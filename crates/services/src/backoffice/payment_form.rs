//! Converts the terms of payment to their form and back.

use domain::{
    money::{Currency, Money},
    restaurant::Restaurant,
    violation::{Checks, ViolationKind},
};
use events::menu::CashBody;
use ui::pages::PaymentForm;

use super::pairs::Pairs;

/// The form of a restaurant's terms. Where cash is taken, the rules were checked before.
pub(super) fn form_from_restaurant(restaurant: &Restaurant) -> PaymentForm {
    let limit = restaurant.cash.limit_minor;
    PaymentForm {
        capture: restaurant.capture.map(|point| point.name().to_owned()).unwrap_or_default(),
        takes_cash: restaurant.cash.is_allowed,
        cash_limit: limit
            .map(|minor| Money::new(minor, restaurant.currency).decimal())
            .unwrap_or_default(),
        rules_checked: restaurant.cash.is_allowed,
    }
}

/// The form as submitted.
pub(super) fn form_from_pairs(pairs: &Pairs) -> PaymentForm {
    PaymentForm {
        capture: pairs.get("capture").to_owned(),
        takes_cash: pairs.has("takes_cash"),
        cash_limit: pairs.get("cash_limit").trim().to_owned(),
        rules_checked: pairs.has("rules_checked"),
    }
}

/// When cards are charged; `None` for the default.
pub(super) fn capture_from_form(form: &PaymentForm) -> Option<String> {
    Some(form.capture.clone()).filter(|point| !point.is_empty())
}

/// The cash that a form allows. It is refused unless the owner has checked the local rules.
pub(super) fn cash_from_form(
    form: &PaymentForm,
    currency: Currency,
    checks: &mut Checks,
) -> CashBody {
    if form.takes_cash && !form.rules_checked {
        checks.add("rules_checked", ViolationKind::Unconfirmed);
    }
    let limit_minor = match form.cash_limit.as_str() {
        "" => None,
        typed => checks.ok_or_add("cash_limit", currency.minor(typed)),
    };
    CashBody { allowed: form.takes_cash, limit_minor }
}

#[cfg(test)]
mod tests {
    use domain::{fixtures, restaurant::CashRules, violation::Violations};

    use super::*;

    fn fields(form: &PaymentForm) -> Vec<String> {
        let mut checks = Checks::default();
        cash_from_form(form, Currency::EUR, &mut checks);
        let Err(Violations(wrong)) = checks.finish(Some(())) else { return Vec::new() };
        wrong.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn cash_needs_a_confirmation_that_the_rules_were_checked() {
        let form = form_from_restaurant(&fixtures::restaurant());
        assert!(!form.takes_cash && !form.rules_checked);
        assert!(fields(&form).is_empty());
        let on = PaymentForm { takes_cash: true, ..form };
        assert_eq!(fields(&on), ["rules_checked"]);
        let confirmed = PaymentForm { rules_checked: true, ..on };
        assert!(fields(&confirmed).is_empty());
        let wrong = PaymentForm { cash_limit: "much".into(), ..confirmed };
        assert_eq!(fields(&wrong), ["cash_limit"]);
    }

    #[test]
    fn where_cash_is_taken_the_rules_were_checked_before() {
        let cash = CashRules { is_allowed: true, limit_minor: Some(6_000) };
        let restaurant = Restaurant { cash, ..fixtures::restaurant() };
        let form = form_from_restaurant(&restaurant);
        assert_eq!((form.rules_checked, form.cash_limit.as_str()), (true, "60.00"));
        assert!(fields(&form).is_empty());
    }
}
