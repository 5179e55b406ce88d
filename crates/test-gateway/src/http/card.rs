//! Card details of a request. Only Stripe's test cards are known, and no number is kept.

use super::params::Params;
use crate::{
    model::{CardExpiry, DeclineCode, Method},
    problem::Problem,
};

/// Consumes `payment_method_data[card][…]`.
pub(super) fn parse(params: &mut Params<'_>) -> Result<(Method, CardExpiry), Problem> {
    let number = params.required("payment_method_data[card][number]")?;
    let month = params.required("payment_method_data[card][exp_month]")?;
    let year = params.required("payment_method_data[card][exp_year]")?;
    let cvc = params.text("payment_method_data[card][cvc]");
    let method = parse_number(&number)?;
    let expiry = parse_expiry(&month, &year)?;
    if cvc.is_some_and(|cvc| !matches!(cvc.len(), 3 | 4) || !is_digits(&cvc)) {
        let message = "Your card's security code is invalid.";
        return Err(Problem::card("invalid_cvc", message, "cvc"));
    }
    Ok((method, expiry))
}

fn parse_number(text: &str) -> Result<Method, Problem> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ' ' | '-')).collect();
    if !(12..=19).contains(&digits.len()) || !is_digits(&digits) {
        let message = "The card number is not a valid credit card number.";
        return Err(Problem::card("invalid_number", message, "number"));
    }
    if !has_check_digit(&digits) {
        let message = "Your card number is incorrect.";
        return Err(Problem::card("incorrect_number", message, "number"));
    }
    Method::of_card(&digits).ok_or_else(|| {
        let code = DeclineCode::TestModeLiveCard;
        Problem { decline: Some(code), ..Problem::card(code.code(), code.message(), "number") }
    })
}

fn parse_expiry(month: &str, year: &str) -> Result<CardExpiry, Problem> {
    let month = month.parse().ok().filter(|month| (1..=12).contains(month)).ok_or_else(|| {
        let message = "Your card's expiration month is invalid.";
        Problem::card("invalid_expiry_month", message, "exp_month")
    })?;
    let year = year.parse::<u16>().ok().map(|year| if year < 100 { year + 2_000 } else { year });
    let year = year.filter(|year| (2_000..2_100).contains(year)).ok_or_else(|| {
        let message = "Your card's expiration year is invalid.";
        Problem::card("invalid_expiry_year", message, "exp_year")
    })?;
    Ok(CardExpiry { month, year })
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The check of ISO/IEC 7812 (Luhn).
fn has_check_digit(digits: &str) -> bool {
    let from_last = digits.bytes().rev().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = from_last
        .enumerate()
        .map(|(n, digit)| match (n % 2, digit * 2) {
            (0, _) => digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(number: &str, month: &str, year: &str, cvc: &str) -> Result<Method, Option<String>> {
        let part = |name: &str, value| format!("payment_method_data[card][{name}]={value}");
        let parts = [("number", number), ("exp_month", month), ("exp_year", year), ("cvc", cvc)];
        let body = parts.map(|(name, value)| part(name, value)).join("&");
        let parsed = parse(&mut Params::parse(body.as_bytes()));
        parsed.map(|(method, _)| method).map_err(|problem| problem.code.map(Into::into))
    }

    #[test]
    fn only_test_cards_are_known() {
        assert_eq!(card("4242 4242 4242 4242", "1", "34", "123"), Ok(Method::Visa));
        assert_eq!(card("378282246310005", "12", "2034", "1234"), Ok(Method::Amex));
        for (number, month, year, cvc, code) in [
            ("4242424242424241", "1", "34", "123", "incorrect_number"),
            ("4242", "1", "34", "123", "invalid_number"),
            ("4242x42424242424", "1", "34", "123", "invalid_number"),
            ("4111111111111111", "1", "34", "123", "card_declined"),
            ("4242424242424242", "13", "34", "123", "invalid_expiry_month"),
            ("4242424242424242", "1", "3400", "123", "invalid_expiry_year"),
            ("4242424242424242", "1", "34", "12", "invalid_cvc"),
        ] {
            assert_eq!(card(number, month, year, cvc), Err(Some(code.to_owned())), "{number}");
        }
    }

    #[test]
    fn every_test_card_has_its_check_digit() {
        for method in Method::ALL {
            assert!(has_check_digit(method.card_number().digits()), "{method:?}");
        }
    }
}
