//! Sales tax: rates, and how much of an order is tax.
//!
//! Prices either contain the tax (inclusive, as in Europe and Japan) or leave it out (exclusive, as
//! in the United States). There is one rounding per rate and order, half up. Tips are not taxed.

mod amounts;
mod percent;

pub(crate) use amounts::split;
pub use amounts::{OrderTax, TaxAmount, TaxError};
pub use percent::{NoPercent, Percent};

use std::collections::HashSet;

use crate::{ids::TaxId, text::Name};

/// Whether prices contain the tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prices {
    /// The tax is within the price.
    Inclusive,
    /// The tax is added to the price.
    Exclusive,
}

/// A rate of a restaurant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRate {
    /// The id by which dishes name it.
    pub id: TaxId,
    /// As shown on receipts.
    pub name: Name,
    /// The rate.
    pub percent: Percent,
}

/// How the delivery fee is taxed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryTax {
    /// At a rate of its own.
    Rate(TaxId),
    /// As the dishes are, in proportion to their net value by rate.
    Proportional,
}

/// The tax rules of a restaurant. Every id in them is that of one of `rates`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRules {
    prices: Prices,
    rates: Vec<TaxRate>,
    default: TaxId,
    delivery: DeliveryTax,
}

/// Why tax rules are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// No rates, or more than [`MAX_RATES`].
    #[error("must be 1 to {MAX_RATES} rates")]
    Count,
    /// Two rates with the same id.
    #[error("{0} is used twice")]
    Twice(TaxId),
    /// An id that no rate has.
    #[error("{0} is none of the rates")]
    Unknown(TaxId),
}

/// Maximum number of rates of a restaurant.
pub const MAX_RATES: usize = 20;

impl TaxRules {
    /// The rules, if every id is that of one rate.
    pub fn new(
        prices: Prices,
        rates: Vec<TaxRate>,
        default: TaxId,
        delivery: DeliveryTax,
    ) -> Result<Self, RulesError> {
        if !(1..=MAX_RATES).contains(&rates.len()) {
            return Err(RulesError::Count);
        }
        let mut seen = HashSet::new();
        if let Some(twice) = rates.iter().find(|rate| !seen.insert(&rate.id)) {
            return Err(RulesError::Twice(twice.id.clone()));
        }
        let named = match &delivery {
            DeliveryTax::Rate(id) => Some(id),
            DeliveryTax::Proportional => None,
        };
        if let Some(unknown) = named.into_iter().chain([&default]).find(|id| !seen.contains(id)) {
            return Err(RulesError::Unknown(unknown.clone()));
        }
        Ok(Self { prices, rates, default, delivery })
    }

    /// Whether prices contain the tax.
    pub const fn prices(&self) -> Prices {
        self.prices
    }

    /// The rates, in the order in which receipts list them.
    pub fn rates(&self) -> &[TaxRate] {
        &self.rates
    }

    /// The rate of a dish that names `id`, or none; `None` if there is no such rate.
    pub fn rate(&self, id: Option<&TaxId>) -> Option<&TaxRate> {
        let id = id.unwrap_or(&self.default);
        self.rates.iter().find(|rate| rate.id == *id)
    }

    /// The id of the rate of dishes that name none.
    pub const fn default(&self) -> &TaxId {
        &self.default
    }

    /// How the delivery fee is taxed.
    pub const fn delivery(&self) -> &DeliveryTax {
        &self.delivery
    }
}
