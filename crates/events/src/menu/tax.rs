//! Tax rules, as sent over HTTP and as published.

use domain::{
    tax::{DeliveryTax, Prices, TaxRate, TaxRules},
    violation::{Checks, Violations},
};
use serde::{Deserialize, Serialize};

/// The value of `delivery` for a fee that is taxed as the dishes are.
const PROPORTIONAL: &str = "proportional";

/// The tax rules of a restaurant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaxRulesBody {
    /// Whether prices contain the tax.
    pub prices: PricesBody,
    /// The rates, in the order in which receipts list them.
    pub rates: Vec<TaxRateBody>,
    /// Id of the rate of dishes that name none.
    pub default: String,
    /// `proportional`, or the id of the delivery fee's rate.
    #[serde(default = "proportional")]
    pub delivery: String,
}

/// Whether prices contain the tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PricesBody {
    /// The tax is within the price.
    Inclusive,
    /// The tax is added to the price.
    Exclusive,
}

/// A rate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaxRateBody {
    /// Slug.
    pub id: String,
    /// As shown on receipts.
    pub name: String,
    /// An exact decimal number, as text.
    pub percent: String,
}

fn proportional() -> String {
    PROPORTIONAL.to_owned()
}

impl From<&TaxRules> for TaxRulesBody {
    fn from(rules: &TaxRules) -> Self {
        let rate = |rate: &TaxRate| TaxRateBody {
            id: rate.id.to_string(),
            name: rate.name.to_string(),
            percent: rate.percent.to_string(),
        };
        Self {
            prices: match rules.prices() {
                Prices::Inclusive => PricesBody::Inclusive,
                Prices::Exclusive => PricesBody::Exclusive,
            },
            rates: rules.rates().iter().map(rate).collect(),
            default: rules.default().to_string(),
            delivery: match rules.delivery() {
                DeliveryTax::Rate(id) => id.to_string(),
                DeliveryTax::Proportional => proportional(),
            },
        }
    }
}

impl TaxRulesBody {
    /// Checks everything and returns the rules.
    pub(super) fn check(&self) -> Result<TaxRules, Violations> {
        let mut checks = Checks::default();
        let mut rates = Vec::with_capacity(self.rates.len());
        for (n, body) in self.rates.iter().enumerate() {
            rates.extend(checks.absorb(&format!("rates[{n}]."), body.check()));
        }
        let default = checks.ok_or_add("default", self.default.parse());
        let delivery = match self.delivery.as_str() {
            PROPORTIONAL => Some(DeliveryTax::Proportional),
            id => checks.ok_or_add("delivery", id.parse()).map(DeliveryTax::Rate),
        };
        if !checks.is_clean() {
            return checks.finish(None);
        }
        let prices = match self.prices {
            PricesBody::Inclusive => Prices::Inclusive,
            PricesBody::Exclusive => Prices::Exclusive,
        };
        let rules = default.zip(delivery).and_then(|(default, delivery)| {
            let rules = TaxRules::new(prices, rates, default, delivery);
            checks.ok_or_add("rates", rules.map_err(|error| error.to_string()))
        });
        checks.finish(rules)
    }
}

impl TaxRateBody {
    fn check(&self) -> Result<TaxRate, Violations> {
        let mut checks = Checks::default();
        let id = checks.ok_or_add("id", self.id.parse());
        // It would be ambiguous as the value of `delivery`.
        if self.id == PROPORTIONAL {
            checks.add("id", "must not be \"proportional\", which has a meaning of its own");
        }
        let name = checks.ok_or_add("name", self.name.parse());
        let percent =
            self.percent.parse().map_err(|error: domain::tax::NoPercent| error.to_string());
        let percent = checks.ok_or_add("percent", percent);
        let whole = id.zip(name).zip(percent);
        checks.finish(whole.map(|((id, name), percent)| TaxRate { id, name, percent }))
    }
}
