//! The gateway's balance of a day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    books::{
        GatewayComparison, GatewayKind, GatewayMovement, LedgerMovement, Tally,
        compare_with_gateway,
    },
    ids::{OrderId, RestaurantId},
    ports::Unavailable,
};
use jiff::{SignedDuration, Timestamp};
use services::backoffice::days::DayReport;
use sql::SqlBooks;
use stripe::StripeGateway;

use crate::fault::Fault;

/// How far around the day the gateway is read, since the ledger books a movement later than the
/// gateway makes it.
const MARGIN: SignedDuration = SignedDuration::from_hours(2);

/// A day at the gateway.
pub(super) struct GatewayDay {
    /// The restaurant's movements, compared with the ledger.
    pub(super) comparison: GatewayComparison,
    /// Movements of the day that belong to no order of Comanda, by category and currency of the
    /// balance: payouts, fees of the account, what other programs charge. One account serves all
    /// restaurants, so these are not of one of them.
    pub(super) of_the_account: BTreeMap<(String, String), Tally>,
}

/// Reads the gateway's balance and compares it with the ledger.
pub(super) async fn compare(
    gateway: &StripeGateway,
    books: &SqlBooks,
    restaurant: &RestaurantId,
    report: &DayReport,
) -> Result<GatewayDay, Fault> {
    let span = (report.from, report.to);
    let listed = gateway.balance_movements(earlier(report.from), later(report.to)).await;
    let listed = listed.map_err(Fault::unavailable)?;
    let orders: BTreeSet<_> = listed.iter().filter_map(|movement| movement.order).collect();
    let orders: Vec<_> = orders.into_iter().collect();
    let unavailable = |error: Unavailable| Fault::unavailable(error);
    let restaurants = books.restaurants_of(&orders).await.map_err(unavailable)?;
    let (own, of_the_account) = sort(listed, &restaurants, restaurant, span);
    let own_orders: Vec<_> = own.iter().filter_map(|movement| movement.order).collect();
    let mut ledger = books.card_movements(restaurant, span.0, span.1).await.map_err(unavailable)?;
    let known: BTreeSet<_> = ledger.iter().map(|movement| movement.order).collect();
    let more: BTreeSet<_> = own_orders.into_iter().filter(|id| !known.contains(id)).collect();
    let more: Vec<_> = more.into_iter().collect();
    ledger.extend(books.card_movements_of(&more).await.map_err(unavailable)?);
    let comparison = compare_with_gateway(&ledger, &own, span);
    Ok(GatewayDay { comparison, of_the_account })
}

fn earlier(at: Timestamp) -> Timestamp {
    at.checked_sub(MARGIN).unwrap_or(at)
}

fn later(at: Timestamp) -> Timestamp {
    at.checked_add(MARGIN).unwrap_or(at)
}

/// Separates the restaurant's movements from those of the day that are of no order. Those of other
/// restaurants are left out.
fn sort(
    listed: Vec<GatewayMovement>,
    restaurants: &HashMap<OrderId, RestaurantId>,
    restaurant: &RestaurantId,
    (from, to): (Timestamp, Timestamp),
) -> (Vec<GatewayMovement>, BTreeMap<(String, String), Tally>) {
    let (mut own, mut others) = (Vec::new(), BTreeMap::<_, Tally>::new());
    for movement in listed {
        match movement.order.map(|order| restaurants.get(&order)) {
            Some(Some(id)) if id == restaurant => own.push(movement),
            Some(Some(_)) => {}
            Some(None) | None if (from..to).contains(&movement.at) => {
                let category = match movement.kind {
                    GatewayKind::Other => movement.category,
                    _ => format!("{} of no known order", movement.category),
                };
                let tally = others.entry((category, movement.balance_currency)).or_default();
                tally.add(movement.balance_minor.saturating_sub(movement.fee_minor));
            }
            Some(None) | None => {}
        }
    }
    (own, others)
}

#[cfg(test)]
mod tests {
    use domain::{fixtures, money::Money};

    use super::*;

    fn movement(kind: GatewayKind, order: Option<u128>, second: i64) -> GatewayMovement {
        GatewayMovement {
            id: "txn_1".into(),
            kind,
            category: kind.name().into(),
            order: order.map(|n| fixtures::order(n).id),
            paid: Some(Money::new(900, domain::money::Currency::EUR)),
            at: Timestamp::from_second(second).unwrap(),
            balance_currency: "EUR".into(),
            balance_minor: 900,
            fee_minor: 40,
        }
    }

    #[test]
    fn each_restaurant_has_the_movements_of_its_orders() {
        let (ours, theirs) = ("bella-napoli".parse().unwrap(), "golden-wok".parse().unwrap());
        let restaurants =
            [(fixtures::order(1).id, ours), (fixtures::order(2).id, theirs)].into_iter().collect();
        let listed = vec![
            movement(GatewayKind::Sale, Some(1), 110),
            movement(GatewayKind::Sale, Some(1), 99),
            movement(GatewayKind::Sale, Some(2), 110),
            movement(GatewayKind::Sale, Some(3), 110),
            movement(GatewayKind::Other, None, 110),
            movement(GatewayKind::Other, None, 200),
        ];
        let at = |second| Timestamp::from_second(second).unwrap();
        let id = "bella-napoli".parse().unwrap();
        let (own, others) = sort(listed, &restaurants, &id, (at(100), at(200)));
        assert_eq!(own.len(), 2, "around the day, too");
        let found: Vec<_> =
            others.iter().map(|((what, _), tally)| (what.as_str(), *tally)).collect();
        let one = Tally { count: 1, minor: 860 };
        assert_eq!(found, [("other", one), ("sale of no known order", one)]);
    }
}
