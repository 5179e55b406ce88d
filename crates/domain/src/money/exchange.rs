//! Exchange rates, as people type them, and what prices become by one.

use std::{fmt, str::FromStr};

use super::{Currency, MAX_ORDER_MINOR};

/// Digits of a rate before and after its decimal point.
const WHOLE: usize = 9;
const DECIMALS: usize = 8;
const SCALE: i128 = 10_i128.pow(8);

/// How many units of another currency one unit is: more than 0, with up to eight decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeRate(i128);

/// The text is not an exchange rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number above 0 such as 1.0845, with at most {DECIMALS} decimals")]
pub struct NoExchangeRate;

impl ExchangeRate {
    /// The numbers stay: 12.50 of one currency is 12.50 of the other.
    pub const ONE: Self = Self(SCALE);

    /// What an amount becomes, rounded half up to what the gateway charges in the other currency.
    /// `None` if it is more than anything may cost. Amounts are not negative.
    pub fn convert(self, minor: i64, from: Currency, to: Currency) -> Option<i64> {
        let (ours, theirs) = (10_i128.pow(from.decimals()), 10_i128.pow(to.decimals()));
        let step = i128::from(to.step_minor());
        let exact = i128::from(minor).checked_mul(self.0)?.checked_mul(theirs)?;
        let unit = ours * SCALE * step;
        let steps = (2 * exact + unit).div_euclid(2 * unit);
        let converted = i64::try_from(steps * step).ok()?;
        (converted <= MAX_ORDER_MINOR).then_some(converted)
    }
}

impl FromStr for ExchangeRate {
    type Err = NoExchangeRate;

    fn from_str(text: &str) -> Result<Self, NoExchangeRate> {
        let (whole, part) = text.trim().split_once(['.', ',']).unwrap_or((text.trim(), "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
        let is_decimal = digits(whole) && digits(part);
        if !is_decimal || whole.len() > WHOLE || part.len() > DECIMALS {
            return Err(NoExchangeRate);
        }
        let scaled = format!("{whole}{part:0<DECIMALS$}").parse().map_err(|_| NoExchangeRate)?;
        if scaled > 0 { Ok(Self(scaled)) } else { Err(NoExchangeRate) }
    }
}

impl fmt::Display for ExchangeRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / SCALE, self.0 % SCALE);
        let decimals = format!("{part:0DECIMALS$}");
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{whole}"),
            decimals => write!(f, "{whole}.{decimals}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(text: &str) -> ExchangeRate {
        text.parse().unwrap()
    }

    #[test]
    fn prices_are_converted_with_their_decimals() {
        use Currency::{CHF, EUR, HUF, JPY, KWD, MGA};
        let cases = [
            (1_250, EUR, "1", CHF, 1_250),
            (1_250, EUR, "160.4", JPY, 2_005),
            (1_250, EUR, "1", JPY, 13),
            (1_249, EUR, "1", JPY, 12),
            (2_005, JPY, "0.00623441", EUR, 1_250),
            // The gateway charges tens of fils, and whole ariary.
            (1_250, EUR, "0.3337", KWD, 4_170),
            (1_250, EUR, "1", KWD, 12_500),
            (1_250, EUR, "5012.5", MGA, 6_265_600),
            (1_250, EUR, "390.1234", HUF, 487_654),
            (0, EUR, "160", JPY, 0),
        ];
        for (minor, from, by, to, expected) in cases {
            assert_eq!(
                rate(by).convert(minor, from, to),
                Some(expected),
                "{minor} {from} {by} {to}"
            );
        }
        assert_eq!(rate("999999999").convert(1_000_000, EUR, JPY), None);
        assert_eq!(rate("999999999").convert(i64::MAX, EUR, KWD), None);
    }

    #[test]
    fn only_positive_decimals_are_rates() {
        for (text, shown) in [("1", "1"), (" 1,0845 ", "1.0845"), ("0.00000001", "0.00000001")] {
            assert_eq!(rate(text).to_string(), shown);
        }
        for bad in ["", "0", "0.0", "-1", "1.", ".5", "1e3", "1.123456789", "1234567890", "1.2.3"] {
            assert_eq!(bad.parse::<ExchangeRate>(), Err(NoExchangeRate), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn converted_prices_can_be_charged(
            minor in 0..=MAX_ORDER_MINOR,
            scaled in 1..1_000_000_000_000_i128,
            (from, to) in (0..Currency::LIST.len(), 0..Currency::LIST.len()),
        ) {
            let (from, to) = (Currency::LIST[from], Currency::LIST[to]);
            if let Some(converted) = ExchangeRate(scaled).convert(minor, from, to) {
                prop_assert!((0..=MAX_ORDER_MINOR).contains(&converted));
                prop_assert_eq!(converted % to.step_minor(), 0);
            }
        }

        #[test]
        fn numbers_that_a_currency_has_stay(minor in 0..=MAX_ORDER_MINOR) {
            let kept = ExchangeRate::ONE.convert(minor, Currency::EUR, Currency::USD);
            prop_assert_eq!(kept, Some(minor));
        }
    }
}
