//! Amounts as people type them.

use super::{Currency, MAX_ORDER_MINOR};

/// Why a typed amount is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not digits with at most one decimal point or comma.
    #[error("must be an amount such as 9.50")]
    NoAmount,
    /// More decimals than the currency has, with that number.
    #[error("must have at most {0} decimals")]
    Decimals(u32),
    /// Smaller units than the gateway charges, with the number of decimals that it charges.
    #[error("must have at most {0} decimals that are not 0")]
    Step(u32),
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
        let minor = minor.ok().filter(|minor| *minor <= MAX_ORDER_MINOR);
        let minor = minor.ok_or(AmountError::TooMuch)?;
        match minor % self.step_minor() {
            0 => Ok(minor),
            _ => Err(AmountError::Step(self.decimals() - self.step_minor().ilog10())),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::Money;

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
        assert_eq!(Currency::KWD.minor("1.25"), Ok(1_250));
        assert_eq!(Currency::KWD.minor("1.255"), Err(AmountError::Step(2)));
        assert_eq!(Currency::MGA.minor("1200.00"), Ok(120_000));
        assert_eq!(Currency::MGA.minor("1200.20"), Err(AmountError::Step(0)));
        for big in ["1000000.01", "99999999999999999999999999"] {
            assert_eq!(euros(big), Err(AmountError::TooMuch));
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_in_a_field_is_read_back(
            minor in 0..=MAX_ORDER_MINOR,
            n in 0..Currency::LIST.len(),
        ) {
            let currency = Currency::LIST[n];
            let minor = minor - minor % currency.step_minor();
            let shown = Money::new(minor, currency).decimal();
            prop_assert_eq!(currency.minor(&shown), Ok(minor));
            prop_assert_eq!(currency.minor(&shown.replace('.', ",")), Ok(minor));
        }
    }
}
