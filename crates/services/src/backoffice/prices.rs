//! What becomes of the prices when a restaurant changes its currency.

use domain::{
    money::ExchangeRate,
    violation::{Checks, Violations},
};
use serde::Deserialize;

/// The answer, as sent: in a query or in a form.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct PricesAnswer {
    /// `keep`: the numbers stay. `convert`: by the rate. Empty for no answer.
    #[serde(default)]
    pub(super) prices: String,
    /// How much of the new currency one unit of the old one is.
    #[serde(default)]
    pub(super) rate: String,
}

impl PricesAnswer {
    /// The rate of exchange; `None` without an answer.
    pub(super) fn rate(&self) -> Result<Option<ExchangeRate>, Violations> {
        let mut checks = Checks::default();
        let rate = match self.prices.as_str() {
            "" => None,
            "keep" => Some(ExchangeRate::ONE),
            "convert" => checks.ok_or_add("rate", self.rate.parse()),
            _ => {
                checks.add("prices", "must be keep or convert");
                None
            }
        };
        checks.finish(Some(rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_rate() {
        let rate = |prices: &str, rate: &str| {
            PricesAnswer { prices: prices.into(), rate: rate.into() }.rate()
        };
        assert_eq!(rate("", "160"), Ok(None));
        assert_eq!(rate("keep", ""), Ok(Some(ExchangeRate::ONE)));
        assert_eq!(rate("convert", "160,5"), Ok("160.5".parse().ok()));
        for (prices, text, field) in [("convert", "", "rate"), ("guess", "1", "prices")] {
            let Violations(wrong) = rate(prices, text).unwrap_err();
            assert_eq!(wrong[0].field, field);
        }
    }
}
