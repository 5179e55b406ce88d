//! Money: whole minor units and a currency, never floating point.

mod currency;
mod exchange;
mod typed;

use std::{fmt, str::FromStr};

pub use self::{
    currency::Currency,
    exchange::{ExchangeRate, NoExchangeRate},
    typed::AmountError,
};

/// The largest amount of one order, in minor units: 1,000,000.00 of a two-decimal currency.
pub const MAX_ORDER_MINOR: i64 = 100_000_000;

/// A currency code that is not supported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a supported ISO 4217 currency code such as EUR, USD or GBP")]
pub struct UnknownCurrency;

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        Self::LIST.iter().copied().find(|c| c.code() == code).ok_or(UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in minor units of a currency. Displays as `€1,024.50`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Whole minor units (cents).
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// `minor` units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The amount as people write it, without currency: `24.50`. In currencies whose whole amounts
    /// are written without decimals, `1200`.
    pub fn shown_decimal(self) -> String {
        let decimal = self.decimal();
        match decimal.split_once('.') {
            Some((whole, part)) if self.currency.is_shown_whole() && is_zero(part) => {
                whole.to_owned()
            }
            _ => decimal,
        }
    }

    /// The amount as an exact decimal number without currency: `24.50`.
    pub fn decimal(self) -> String {
        let decimals = self.currency.decimals();
        let scale = 10_u64.pow(decimals);
        let (whole, part) = (self.minor.unsigned_abs() / scale, self.minor.unsigned_abs() % scale);
        let minus = if self.minor < 0 { "-" } else { "" };
        match decimals {
            0 => format!("{minus}{whole}"),
            _ => format!("{minus}{whole}.{part:0width$}", width = decimals as usize),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = self.shown_decimal();
        let (minus, amount) = match decimal.strip_prefix('-') {
            Some(positive) => ("-", positive),
            None => ("", decimal.as_str()),
        };
        write!(f, "{minus}{}{}", self.currency.sign(), grouped(amount))
    }
}

fn is_zero(digits: &str) -> bool {
    digits.bytes().all(|digit| digit == b'0')
}

/// Inserts commas between the thousands of a decimal number.
fn grouped(decimal: &str) -> String {
    let whole = decimal.find('.').unwrap_or(decimal.len());
    let mut text = String::with_capacity(decimal.len() + whole / 3);
    for (n, c) in decimal.chars().enumerate() {
        if n > 0 && n < whole && (whole - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        assert_eq!(Money::new(2450, Currency::EUR).to_string(), "€24.50");
        assert_eq!(Money::new(-5, Currency::USD).to_string(), "-$0.05");
        assert_eq!(Money::new(1200, Currency::JPY).to_string(), "¥1,200");
        assert_eq!(Money::new(103_500_048, Currency::USD).to_string(), "$1,035,000.48");
        assert_eq!(Money::new(99_999, Currency::EUR).to_string(), "€999.99");
        assert_eq!(Money::new(120_000, Currency::HUF).to_string(), "HUF 1,200");
        assert_eq!(Money::new(120_050, Currency::HUF).to_string(), "HUF 1,200.50");
        assert_eq!(Money::new(-300, Currency::TWD).to_string(), "-NT$3");
        assert_eq!(Money::new(1_250, Currency::KWD).to_string(), "KWD 1.250");
        assert_eq!(Money::new(0, Currency::CHF).to_string(), "CHF 0.00");
        assert_eq!(Money::new(i64::MIN, Currency::EUR).decimal(), "-92233720368547758.08");
    }

    #[test]
    fn only_exact_codes_are_currencies() {
        assert_eq!("EUR".parse(), Ok(Currency::EUR));
        assert!("eur".parse::<Currency>().is_err());
        assert!("XXX".parse::<Currency>().is_err());
    }
}
