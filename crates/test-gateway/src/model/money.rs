//! Amounts and currencies.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in the currency's minor units, from 1 to 99,999,999 like Stripe's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub(crate) struct Amount(u64);

/// Why a number is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AmountError {
    #[error("an amount is at least 1")]
    TooSmall,
    #[error("an amount is at most 99999999")]
    TooLarge,
}

impl Amount {
    pub(crate) const MAX_MINOR: u64 = 99_999_999;

    pub(crate) const fn minor(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Amount {
    type Error = AmountError;
    fn try_from(minor: u64) -> Result<Self, AmountError> {
        match minor {
            0 => Err(AmountError::TooSmall),
            1..=Self::MAX_MINOR => Ok(Self(minor)),
            _ => Err(AmountError::TooLarge),
        }
    }
}

impl From<Amount> for u64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

/// A currency code: three letters, in lower case like Stripe's.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Currency([u8; 3]);

/// The text is not a currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three letters")]
pub(crate) struct ParseCurrencyError;

impl Currency {
    pub(crate) fn parse(text: &str) -> Result<Self, ParseCurrencyError> {
        match text.as_bytes() {
            &[a, b, c] if text.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                Ok(Self([a, b, c].map(|letter| letter.to_ascii_lowercase())))
            }
            _ => Err(ParseCurrencyError),
        }
    }

    /// An amount for people to read, such as `12.50 EUR`. Stripe's amounts have two decimals,
    /// except in some currencies (<https://docs.stripe.com/currencies>).
    pub(crate) fn format(self, amount: Amount) -> String {
        let code = self.as_str().to_uppercase();
        let (minor, decimals) = (amount.minor(), self.decimals());
        match 10_u64.pow(decimals) {
            1 => format!("{minor} {code}"),
            unit => {
                let width = usize::try_from(decimals).unwrap_or_default();
                format!("{}.{:0width$} {code}", minor / unit, minor % unit)
            }
        }
    }

    fn decimals(self) -> u32 {
        match self.as_str() {
            "bif" | "clp" | "djf" | "gnf" | "jpy" | "kmf" | "krw" | "mga" | "pyg" | "rwf"
            | "vnd" | "vuv" | "xaf" | "xof" | "xpf" => 0,
            "bhd" | "jod" | "kwd" | "omr" | "tnd" => 3,
            _ => 2,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Currency {
    type Error = ParseCurrencyError;
    fn try_from(text: String) -> Result<Self, ParseCurrencyError> {
        Self::parse(&text)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_currencies_are_validated() {
        assert_eq!(Amount::try_from(0), Err(AmountError::TooSmall));
        assert_eq!(Amount::try_from(1).map(Amount::minor), Ok(1));
        assert_eq!(Amount::try_from(100_000_000), Err(AmountError::TooLarge));
        assert_eq!(Currency::parse("EUR").map(|c| c.as_str().to_owned()), Ok("eur".to_owned()));
        let written = |currency, minor| {
            Currency::parse(currency).unwrap().format(Amount::try_from(minor).unwrap())
        };
        assert_eq!(written("eur", 1_205), "12.05 EUR");
        assert_eq!(written("jpy", 1_205), "1205 JPY");
        assert_eq!(written("kwd", 1_205), "1.205 KWD");
        assert_eq!(Currency::parse("€"), Err(ParseCurrencyError));
    }
}
