//! The tax of an order, rate by rate.

use super::{DeliveryTax, Percent, Prices, TaxRate, TaxRules};
use crate::ids::TaxId;

/// The tax of an order at one rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxAmount {
    /// The rate.
    pub rate: TaxRate,
    /// Dishes and delivery without tax, in minor units.
    pub net_minor: i64,
    /// The tax, in minor units.
    pub tax_minor: i64,
}

impl TaxAmount {
    fn of(rate: &TaxRate, priced_minor: i64, prices: Prices, step_minor: i64) -> Self {
        let tax_minor = tax(rate.percent, priced_minor, prices, step_minor);
        let net_minor = match prices {
            Prices::Inclusive => priced_minor - tax_minor,
            Prices::Exclusive => priced_minor,
        };
        Self { rate: rate.clone(), net_minor, tax_minor }
    }

    /// What it is the tax of, as priced, in minor units.
    pub const fn priced_minor(&self, prices: Prices) -> i64 {
        match prices {
            Prices::Inclusive => self.net_minor.saturating_add(self.tax_minor),
            Prices::Exclusive => self.net_minor,
        }
    }
}

/// The taxes of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderTax {
    /// Whether its prices contain them.
    pub prices: Prices,
    /// By rate.
    pub amounts: Vec<TaxAmount>,
}

impl OrderTax {
    /// What is added to the prices, in minor units; 0 if they contain the tax.
    pub fn added_minor(&self) -> i64 {
        match self.prices {
            Prices::Inclusive => 0,
            Prices::Exclusive => {
                self.amounts.iter().map(|a| a.tax_minor).fold(0, i64::saturating_add)
            }
        }
    }

    /// Checks that the taxes follow from their rates, and cover the dishes of an order, by rate, and
    /// its delivery fee. `step_minor` is the currency's.
    pub fn check(
        &self,
        dishes: &[(TaxId, i64)],
        delivery_fee_minor: i64,
        step_minor: i64,
    ) -> Result<(), TaxError> {
        let mut fee_minor = delivery_fee_minor;
        for (n, amount) in self.amounts.iter().enumerate() {
            let TaxAmount { rate, net_minor, tax_minor } = amount;
            let is_repeated = self.amounts[..n].iter().any(|earlier| earlier.rate.id == rate.id);
            if is_repeated || *net_minor < 0 || *tax_minor < 0 {
                return Err(TaxError::Row(rate.id.clone()));
            }
            let priced = amount.priced_minor(self.prices);
            let right_minor = tax(rate.percent, priced, self.prices, step_minor);
            if right_minor != *tax_minor {
                let (id, found_minor) = (rate.id.clone(), *tax_minor);
                return Err(TaxError::Amount { id, found_minor, right_minor });
            }
            // What is no dish of the rate is delivery.
            let part = priced.saturating_sub(sum_of(&rate.id, dishes));
            if part < 0 {
                return Err(TaxError::Sum);
            }
            fee_minor = fee_minor.saturating_sub(part);
        }
        let is_listed = |id: &TaxId| self.amounts.iter().any(|amount| amount.rate.id == *id);
        let is_covered = dishes.iter().all(|(id, minor)| *minor == 0 || is_listed(id));
        if fee_minor == 0 && is_covered { Ok(()) } else { Err(TaxError::Sum) }
    }
}

/// The sum of the dishes of one rate.
fn sum_of(rate: &TaxId, dishes: &[(TaxId, i64)]) -> i64 {
    let own = dishes.iter().filter(|(id, _)| id == rate).map(|(_, minor)| *minor);
    own.fold(0, i64::saturating_add)
}

fn tax(percent: Percent, priced_minor: i64, prices: Prices, step_minor: i64) -> i64 {
    match prices {
        Prices::Inclusive => percent.of_gross(priced_minor, step_minor),
        Prices::Exclusive => percent.of_net(priced_minor, step_minor),
    }
}

impl TaxRules {
    /// The tax of dishes and delivery; rates without any are left out. `dishes` are sums
    /// as priced, by the id of their rate; `step_minor` is the currency's.
    pub fn tax_order(
        &self,
        dishes: &[(TaxId, i64)],
        delivery_fee_minor: i64,
        step_minor: i64,
    ) -> OrderTax {
        let sum = |rate: &TaxRate| sum_of(&rate.id, dishes);
        let mut priced: Vec<_> = self.rates().iter().map(sum).collect();
        let fees = self.spread_fee(&priced, delivery_fee_minor, step_minor);
        for (priced, fee) in priced.iter_mut().zip(fees) {
            *priced = priced.saturating_add(fee);
        }
        let taxed = self.rates().iter().zip(priced).filter(|(_, priced)| *priced > 0);
        let amount = |(rate, priced)| TaxAmount::of(rate, priced, self.prices(), step_minor);
        OrderTax { prices: self.prices(), amounts: taxed.map(amount).collect() }
    }

    /// The part of the delivery fee that is taxed at each rate.
    fn spread_fee(&self, dishes: &[i64], fee_minor: i64, step_minor: i64) -> Vec<i64> {
        let at = |id: Option<&TaxId>| {
            let rate = self.rate(id);
            self.rates().iter().map(|r| if Some(r) == rate { fee_minor } else { 0 }).collect()
        };
        match self.delivery() {
            DeliveryTax::Rate(id) => at(Some(id)),
            DeliveryTax::Proportional => {
                let net = |(rate, priced): (&TaxRate, &i64)| {
                    TaxAmount::of(rate, *priced, self.prices(), step_minor).net_minor
                };
                let weights: Vec<_> = self.rates().iter().zip(dishes).map(net).collect();
                split(fee_minor, &weights).unwrap_or_else(|| at(None))
            }
        }
    }
}

/// Splits an amount in proportion to weights, by largest remainder; the first of equal remainders
/// comes first. `None` if all weights are 0.
pub(crate) fn split(amount_minor: i64, weights: &[i64]) -> Option<Vec<i64>> {
    let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if whole <= 0 {
        return None;
    }
    let exact = |weight: &i64| i128::from(amount_minor) * i128::from(*weight);
    // A share of an amount fits where the amount does.
    let floor = |weight: &i64| i64::try_from(exact(weight) / whole).unwrap_or(0);
    let mut shares: Vec<_> = weights.iter().map(floor).collect();
    let mut by_remainder: Vec<_> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|n| std::cmp::Reverse(exact(&weights[*n]) % whole));
    let left = amount_minor - shares.iter().sum::<i64>();
    for n in by_remainder.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        shares[n] += 1;
    }
    Some(shares)
}

/// Taxes that contradict themselves or the sums of their order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaxError {
    /// A rate twice, or with a negative amount.
    #[error("the tax {0} is listed twice or negative")]
    Row(TaxId),
    /// An amount that does not follow from its rate.
    #[error("the tax {id} is {found_minor}, not {right_minor}")]
    Amount {
        /// The rate.
        id: TaxId,
        /// The amount as listed, in minor units.
        found_minor: i64,
        /// The amount by its rate, in minor units.
        right_minor: i64,
    },
    /// The taxed sums are not those of the dishes and the delivery fee.
    #[error("the taxed sums are not those of the dishes and the delivery fee")]
    Sum,
}

#[cfg(test)]
mod tests;
