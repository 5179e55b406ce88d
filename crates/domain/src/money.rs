//! Money: whole minor units and a currency, never floating point.

use std::{fmt, str::FromStr};

/// The largest amount of one order, in minor units: 1,000,000.00 of a two-decimal currency.
pub const MAX_ORDER_MINOR: i64 = 100_000_000;

macro_rules! currencies {
    ($($code:ident $decimals:literal $sign:literal),* $(,)?) => {
        /// A currency of ISO 4217 that Comanda can charge.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(clippy::upper_case_acronyms, reason = "ISO 4217 codes are written so")]
        pub enum Currency {
            $(
                #[doc = concat!("`", stringify!($code), "`")]
                $code,
            )*
        }

        impl Currency {
            /// Every supported currency.
            pub const ALL: &[Currency] = &[$(Currency::$code),*];

            /// The three-letter code.
            pub const fn code(self) -> &'static str {
                match self { $(Currency::$code => stringify!($code),)* }
            }

            /// The number of decimals of the minor unit (ISO 4217).
            pub const fn decimals(self) -> u32 {
                match self { $(Currency::$code => $decimals,)* }
            }

            /// The symbol before an amount.
            pub const fn sign(self) -> &'static str {
                match self { $(Currency::$code => $sign,)* }
            }
        }
    };
}

currencies! {
    AUD 2 "A$", BRL 2 "R$", CAD 2 "CA$", CHF 2 "CHF ", CZK 2 "CZK ", DKK 2 "DKK ", EUR 2 "€", GBP 2 "£",
    HUF 2 "HUF ", INR 2 "₹", JPY 0 "¥", KRW 0 "₩", MXN 2 "MX$", NOK 2 "NOK ", NZD 2 "NZ$", PLN 2 "PLN ",
    RON 2 "RON ", SEK 2 "SEK ", TRY 2 "₺", USD 2 "$", ZAR 2 "R ",
}

/// A currency code that is not supported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a supported ISO 4217 currency code such as EUR, USD or GBP")]
pub struct UnknownCurrency;

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        Self::ALL.iter().copied().find(|c| c.code() == code).ok_or(UnknownCurrency)
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

/// Why a typed amount is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not digits with at most one decimal point or comma.
    #[error("must be an amount such as 9.50")]
    NoAmount,
    /// More decimals than the currency has, with that number.
    #[error("must have at most {0} decimals")]
    Decimals(u32),
    /// More than [`MAX_ORDER_MINOR`].
    #[error("is more than anything may cost")]
    TooMuch,
}

impl Currency {
    /// Parses a typed amount exactly into minor units: `9.5`, `9,50` and `9` are amounts of euros.
    /// Thousands separators are refused, since a comma may also be a decimal comma.
    pub fn minor(self, typed: &str) -> Result<i64, AmountError> {
        let typed = typed.trim().trim_start_matches(self.sign().trim()).trim();
        let (whole, part) = typed.split_once(['.', ',']).unwrap_or((typed, ""));
        let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
        let dangling = part.is_empty() && typed.len() != whole.len();
        if whole.is_empty() || dangling || !digits(whole) || !digits(part) {
            return Err(AmountError::NoAmount);
        }
        let decimals = self.decimals() as usize;
        if part.len() > decimals {
            return Err(AmountError::Decimals(self.decimals()));
        }
        // Padded with zeros, the digits are the amount in minor units.
        let minor = format!("{whole}{part:0<decimals$}").parse::<i64>();
        minor.ok().filter(|minor| *minor <= MAX_ORDER_MINOR).ok_or(AmountError::TooMuch)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = self.decimal();
        let (minus, amount) = match decimal.strip_prefix('-') {
            Some(positive) => ("-", positive),
            None => ("", decimal.as_str()),
        };
        write!(f, "{minus}{}{}", self.currency.sign(), grouped(amount))
    }
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_type_is_read_exactly() {
        let euros = |typed| Currency::EUR.minor(typed);
        let cases = [
            ("9.50", 950),
            ("9,5", 950),
            ("9", 900),
            (" €12.05 ", 1205),
            ("0", 0),
            ("0.07", 7),
            ("007.10", 710),
            ("1000000", MAX_ORDER_MINOR),
        ];
        for (typed, minor) in cases {
            assert_eq!(euros(typed), Ok(minor), "{typed}");
        }
        for bad in ["", "-1", "1.", ".5", "1,000.50", "1.2.3", "9 50", "1e3", "ten", "９", "€"] {
            assert_eq!(euros(bad), Err(AmountError::NoAmount), "{bad}");
        }
        assert_eq!(euros("1.234"), Err(AmountError::Decimals(2)));
        assert_eq!(Currency::JPY.minor("100.0"), Err(AmountError::Decimals(0)));
        assert_eq!(Currency::JPY.minor("¥1200"), Ok(1200));
        for big in ["1000000.01", "99999999999999999999999999"] {
            assert_eq!(euros(big), Err(AmountError::TooMuch));
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_in_a_field_is_read_back(minor in 0..=MAX_ORDER_MINOR, n in 0..21_usize) {
            let currency = Currency::ALL[n];
            let shown = Money::new(minor, currency).decimal();
            prop_assert_eq!(currency.minor(&shown), Ok(minor));
            prop_assert_eq!(currency.minor(&shown.replace('.', ",")), Ok(minor));
        }
    }

    #[test]
    fn amounts_read_as_people_write_them() {
        assert_eq!(Money::new(2450, Currency::EUR).to_string(), "€24.50");
        assert_eq!(Money::new(-5, Currency::USD).to_string(), "-$0.05");
        assert_eq!(Money::new(1200, Currency::JPY).to_string(), "¥1,200");
        assert_eq!(Money::new(103_500_048, Currency::USD).to_string(), "$1,035,000.48");
        assert_eq!(Money::new(99_999, Currency::EUR).to_string(), "€999.99");
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
