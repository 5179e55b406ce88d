//! Figures of one restaurant or all, as a few numbers.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{FactKind, deltas::SalesDelta};
use crate::{ids::ItemId, money::Currency, status::Status, text::Name};

/// Sales of one dish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DishSales {
    /// The dish.
    pub item_id: ItemId,
    /// Its name.
    pub name: Name,
    /// Number of pieces.
    pub quantity: i64,
    /// Line totals, in minor units.
    pub revenue_minor: i64,
}

/// Figures of one restaurant or all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Number of orders that reached each status; a completed order also counts as confirmed.
    pub orders: BTreeMap<Status, i64>,
    /// Totals of confirmed orders with tip and fee, before refunds, in minor units.
    pub revenue_minor: BTreeMap<Currency, i64>,
    /// Refunds by currency, in minor units, by the time of the refund.
    pub refunded_minor: BTreeMap<Currency, i64>,
    /// Number of confirmed orders by currency, for averages.
    pub confirmed: BTreeMap<Currency, i64>,
    /// Pieces in confirmed orders.
    pub items_sold: i64,
    /// Customers with a confirmed order.
    pub customers: i64,
    /// Of these, the ones with more than one confirmed order.
    pub returning: i64,
    /// The ten best-selling dishes, by quantity, then by id.
    pub top_items: Vec<DishSales>,
    /// The latest event time counted.
    pub event_time: Option<Timestamp>,
}

impl Summary {
    /// Adds the sums of one kind in one currency.
    pub fn add(&mut self, kind: FactKind, currency: Currency, sums: &SalesDelta) {
        self.event_time = self.event_time.max(Some(sums.latest));
        match kind {
            FactKind::Refunded => {
                *self.refunded_minor.entry(currency).or_default() += sums.amount_minor;
            }
            FactKind::Reached(status) => {
                *self.orders.entry(status).or_default() += sums.orders;
                if status == Status::Confirmed {
                    *self.revenue_minor.entry(currency).or_default() += sums.amount_minor;
                    *self.confirmed.entry(currency).or_default() += sums.orders;
                    self.items_sold += sums.pieces;
                }
            }
        }
    }

    /// Average confirmed order by currency, in minor units, rounded half up.
    pub fn average_minor(&self) -> BTreeMap<Currency, i64> {
        self.revenue_minor
            .iter()
            .filter_map(|(currency, sum)| {
                let n = *self.confirmed.get(currency).filter(|n| **n > 0)?;
                Some((*currency, average(*sum, n)))
            })
            .collect()
    }
}

/// `sum / n`, rounded half up.
pub(super) fn average(sum: i64, n: i64) -> i64 {
    (2 * sum + n).div_euclid(2 * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_round_half_up() {
        let mut summary = Summary::default();
        summary.revenue_minor.insert(Currency::USD, 3_450_016);
        summary.confirmed.insert(Currency::USD, 1834);
        assert_eq!(summary.average_minor()[&Currency::USD], 1881);
        summary.revenue_minor.insert(Currency::EUR, 5);
        summary.confirmed.insert(Currency::EUR, 2);
        assert_eq!(summary.average_minor()[&Currency::EUR], 3);
    }
}
