//! Percentages: exact decimals, as laws write them.

use std::{fmt, str::FromStr};

/// Decimals of a percentage. Rates of sales taxes have up to four: 8.875, 10.3125.
const DECIMALS: usize = 4;
const SCALE: i64 = 10_i64.pow(4);

/// A tax rate in percent, from 0 to 100, with up to four decimals. Displays as it was meant: `8.875`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Percent(i64);

/// The text is not a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a percentage from 0 to 100 with at most {DECIMALS} decimals, such as \"8.875\"")]
pub struct NoPercent;

impl Percent {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The tax contained in a gross amount, rounded half up to whole `step`s of minor units.
    pub fn of_gross(self, gross_minor: i64, step_minor: i64) -> i64 {
        round_half_up(gross_minor, self.0, 100 * SCALE + self.0, step_minor)
    }

    /// The tax on top of a net amount, rounded in the same way.
    pub fn of_net(self, net_minor: i64, step_minor: i64) -> i64 {
        round_half_up(net_minor, self.0, 100 * SCALE, step_minor)
    }
}

/// `amount × numerator / denominator` in whole steps, half a step upwards. Amounts are not negative.
fn round_half_up(amount: i64, numerator: i64, denominator: i64, step: i64) -> i64 {
    // At most 10^8 × 10^6 × 2 for any order, and no more than i128 for any other amount.
    let (exact, unit) =
        (i128::from(amount) * i128::from(numerator), i128::from(denominator) * i128::from(step));
    let steps = (2 * exact + unit).div_euclid(2 * unit);
    i64::try_from(steps * i128::from(step)).unwrap_or(i64::MAX)
}

impl FromStr for Percent {
    type Err = NoPercent;

    fn from_str(text: &str) -> Result<Self, NoPercent> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| part.bytes().all(|c| c.is_ascii_digit()) && !part.is_empty();
        let is_decimal = digits(whole) && digits(part) && part.len() <= DECIMALS;
        // Longer numbers could have leading zeros only.
        if !is_decimal || whole.len() > 3 {
            return Err(NoPercent);
        }
        let scaled = format!("{whole}{part:0<DECIMALS$}").parse().map_err(|_| NoPercent)?;
        if scaled <= 100 * SCALE { Ok(Self(scaled)) } else { Err(NoPercent) }
    }
}

impl fmt::Display for Percent {
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

    fn percent(text: &str) -> Percent {
        text.parse().unwrap()
    }

    #[test]
    fn only_exact_decimals_are_percentages() {
        for (text, shown) in
            [("10", "10"), ("8.875", "8.875"), ("0", "0"), ("5.50", "5.5"), ("100.0000", "100")]
        {
            assert_eq!(percent(text).to_string(), shown);
        }
        let long = format!("1.{}", "0".repeat(30));
        for bad in [
            "",
            "-1",
            "+1",
            "1e9",
            "10,5",
            "10%",
            ".5",
            "5.",
            "1.00001",
            "100.0001",
            "101",
            "0010",
            "1000000000",
            " 10",
            "１０",
            "NaN",
            "1.2.3",
            &long,
        ] {
            assert_eq!(bad.parse::<Percent>(), Err(NoPercent), "{bad:?}");
        }
    }

    #[test]
    fn tax_is_rounded_half_up() {
        // 8.875 % of 10.00 is 0.8875; 22 % within 12.20 is 2.20 exactly.
        assert_eq!(percent("8.875").of_net(1_000, 1), 89);
        assert_eq!(percent("22").of_gross(1_220, 1), 220);
        // Exactly half a cent goes up.
        assert_eq!(percent("5").of_net(10, 1), 1);
        assert_eq!(percent("5").of_net(9, 1), 0);
        assert_eq!(percent("100").of_gross(1, 1), 1);
        // In steps of ten fils, half a step goes up.
        assert_eq!(percent("5").of_net(1_100, 10), 60);
        assert_eq!(percent("5").of_net(1_080, 10), 50);
        assert_eq!(Percent::ZERO.of_gross(i64::MAX, 1), 0);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(scaled in 0..=100 * SCALE) {
            prop_assert_eq!(Percent(scaled).to_string().parse(), Ok(Percent(scaled)));
        }

        #[test]
        fn contained_tax_is_at_most_the_amount(scaled in 0..=100 * SCALE, gross in 0..=i64::MAX) {
            let tax = Percent(scaled).of_gross(gross, 1);
            prop_assert!((0..=gross).contains(&tax));
        }
    }
}
