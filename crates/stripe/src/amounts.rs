//! Amounts as Stripe writes them: in its own smallest units, which for some currencies are not the
//! minor units of ISO 4217 (docs.stripe.com/currencies, *Special cases*).

use domain::money::{Currency, Money};

/// How Stripe's amount of a currency follows from its minor units.
enum Factor {
    Same,
    /// The króna and the shilling have no minor units, but are sent with two decimals, always 00.
    Hundredfold,
    /// The ariary has minor units, but is sent in whole ones.
    Hundredth,
}

const fn factor(currency: Currency) -> Factor {
    match currency {
        Currency::ISK | Currency::UGX => Factor::Hundredfold,
        Currency::MGA => Factor::Hundredth,
        _ => Factor::Same,
    }
}

/// The amount as Stripe's API and script take it; `None` if Stripe has no such amount.
pub fn to_wire(money: Money) -> Option<i64> {
    match factor(money.currency) {
        Factor::Same => Some(money.minor),
        Factor::Hundredfold => money.minor.checked_mul(100),
        Factor::Hundredth => (money.minor % 100 == 0).then_some(money.minor / 100),
    }
}

/// Stripe's `amount` of `currency` in minor units; `None` if it has none.
pub(super) fn from_wire(amount: i64, currency: Currency) -> Option<Money> {
    let minor = match factor(currency) {
        Factor::Same => Some(amount),
        Factor::Hundredfold => (amount % 100 == 0).then_some(amount / 100),
        Factor::Hundredth => amount.checked_mul(100),
    };
    minor.map(|minor| Money::new(minor, currency))
}

/// A listed amount in minor units, or as it is if the currency is not one of ours.
pub(super) fn listed_minor(amount: i64, currency: &str) -> i64 {
    let currency = currency.to_uppercase().parse().ok();
    currency.and_then(|currency| from_wire(amount, currency)).map_or(amount, |money| money.minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stripe's amounts have eight digits.
    const LARGEST: i64 = 99_999_999;

    #[test]
    fn special_cases_are_sent_as_stripe_documents_them() {
        let cases = [
            (Currency::EUR, 1_050, 1_050),
            (Currency::JPY, 500, 500),
            (Currency::ISK, 5, 500),
            (Currency::UGX, 5, 500),
            (Currency::HUF, 1_045, 1_045),
            (Currency::TWD, 80_045, 80_045),
            (Currency::KWD, 5_120, 5_120),
            (Currency::MGA, 500, 5),
        ];
        for (currency, minor, amount) in cases {
            let money = Money::new(minor, currency);
            assert_eq!(to_wire(money), Some(amount), "{currency}");
            assert_eq!(from_wire(amount, currency), Some(money), "{currency}");
        }
    }

    #[test]
    fn amounts_that_one_side_does_not_have_are_none() {
        assert_eq!(to_wire(Money::new(520, Currency::MGA)), None);
        assert_eq!(from_wire(550, Currency::ISK), None);
        assert_eq!(to_wire(Money::new(i64::MAX, Currency::UGX)), None);
    }

    #[test]
    fn every_charge_that_the_domain_allows_has_an_amount() {
        for currency in Currency::LIST {
            for minor in [currency.minimum_charge_minor(), currency.maximum_charge_minor()] {
                let charge = Money::new(minor, *currency);
                let amount = to_wire(charge).unwrap();
                assert!((1..=LARGEST).contains(&amount), "{charge}");
                assert_eq!(from_wire(amount, *currency), Some(charge));
            }
        }
    }
}
