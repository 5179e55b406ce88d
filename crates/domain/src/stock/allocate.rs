//! Allocates pieces to orders when there are not enough for all.

use std::collections::BTreeMap;

use super::Dish;
use crate::{
    cart::CartError,
    ids::ItemId,
    order::{Line, Order},
    violation::{Checks, Violations},
};

/// The pieces of each dish that an order needs, counted or not.
pub type Needs = BTreeMap<Dish, u64>;

/// The pieces of each dish that an order needs, over all lines.
pub fn needs(order: &Order) -> Needs {
    let mut needs = Needs::new();
    for line in &order.lines {
        let restaurant_id = order.seller.id.clone();
        let dish = Dish { restaurant_id, item_id: line.item_id.clone() };
        let pieces = needs.entry(dish).or_default();
        *pieces = pieces.saturating_add(line.quantity.into());
    }
    needs
}

/// Allocates what is `left` of the counted dishes to one order after the other. An order gets all
/// it needs or nothing (`None`), so that a later, smaller one may still fit. A dish that is not in
/// `left` is not counted and is not allocated.
pub fn allocate<'a>(
    left: &mut BTreeMap<Dish, u32>,
    orders: impl IntoIterator<Item = &'a Needs>,
) -> Vec<Option<Vec<(Dish, u32)>>> {
    orders.into_iter().map(|needs| allocate_one(left, needs)).collect()
}

fn allocate_one(left: &mut BTreeMap<Dish, u32>, needs: &Needs) -> Option<Vec<(Dish, u32)>> {
    let mut taken = Vec::new();
    for (dish, pieces) in needs {
        let Some(there) = left.get(dish) else { continue };
        let pieces = u32::try_from(*pieces).ok().filter(|pieces| pieces <= there)?;
        taken.push((dish.clone(), pieces));
    }
    for (dish, pieces) in &taken {
        if let Some(there) = left.get_mut(dish) {
            *there -= pieces;
        }
    }
    Some(taken)
}

/// Refuses lines with more pieces than are known to be left. This check only informs customers
/// early; the binding decision is made where levels are stored.
pub fn refuse_short(
    lines: &[Line],
    left: impl Fn(&ItemId) -> Option<u32>,
) -> Result<(), Violations> {
    let mut checks = Checks::default();
    let mut asked = BTreeMap::<&ItemId, u64>::new();
    for (n, line) in lines.iter().enumerate() {
        let Some(there) = left(&line.item_id) else { continue };
        let asked = asked.entry(&line.item_id).or_default();
        *asked = asked.saturating_add(line.quantity.into());
        if *asked > u64::from(there) {
            let dish = line.name.clone();
            let wrong = match there {
                0 => CartError::SoldOut(dish),
                left => CartError::OnlyLeft { dish, left },
            };
            checks.add(format!("lines[{n}].quantity"), wrong);
        }
    }
    checks.finish(Some(()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixtures;

    fn dish(item: &str) -> Dish {
        format!("bella-napoli/{item}").parse().unwrap()
    }

    fn wants(pieces: &[(&str, u64)]) -> Needs {
        pieces.iter().map(|(item, pieces)| (dish(item), *pieces)).collect()
    }

    fn lines(quantities: &[u32]) -> Vec<Line> {
        let line = fixtures::order(1).lines[0].clone();
        quantities.iter().map(|quantity| Line { quantity: *quantity, ..line.clone() }).collect()
    }

    #[test]
    fn an_order_needs_the_sum_of_its_lines() {
        let mut parts = fixtures::order_parts(1);
        parts.lines.push(parts.lines[0].clone());
        parts.totals.subtotal_minor *= 2;
        parts.totals.total_minor *= 2;
        let order = Order::try_from(parts).unwrap();
        assert_eq!(needs(&order), wants(&[("margherita", 4)]));
    }

    #[test]
    fn a_short_order_takes_nothing_and_a_later_one_may_fit() {
        let mut left = BTreeMap::from([(dish("a"), 5), (dish("b"), 1)]);
        let orders = [
            wants(&[("a", 3)]),
            wants(&[("a", 2), ("b", 2)]),
            wants(&[("a", 1), ("b", 1), ("cola", 99)]),
            wants(&[("a", 2)]),
            wants(&[("a", 1)]),
            wants(&[("cola", u64::MAX)]),
        ];
        let got = allocate(&mut left, &orders);
        let fits: Vec<_> = got.iter().map(Option::is_some).collect();
        assert_eq!(fits, [true, false, true, false, true, true]);
        assert_eq!(got[2], Some(vec![(dish("a"), 1), (dish("b"), 1)]), "cola is not counted");
        assert_eq!(left, BTreeMap::from([(dish("a"), 0), (dish("b"), 0)]));
    }

    #[test]
    fn lines_with_too_many_pieces_are_refused() {
        let refusal = |quantities: &[u32], left: Option<u32>| {
            let refused = refuse_short(&lines(quantities), |_| left);
            refused.err().map(|Violations(found)| (found.len(), found[0].clone()))
        };
        assert_eq!(refusal(&[2, 3], None), None);
        assert_eq!(refusal(&[2, 3], Some(5)), None);
        let (count, first) = refusal(&[2, 3], Some(4)).unwrap();
        assert_eq!((count, &*first.field), (1, "lines[1].quantity"));
        assert_eq!(first.kind.to_string(), "there are only 4 of Margherita left");
        assert_eq!(refusal(&[1], Some(0)).unwrap().1.kind.to_string(), "Margherita is sold out");
        assert_eq!(
            refusal(&[2], Some(1)).unwrap().1.kind.to_string(),
            "there is only one Margherita left"
        );
    }

    proptest! {
        #[test]
        fn no_piece_is_sold_twice_and_no_order_is_refused_without_need(
            stock in prop::collection::btree_map("[a-c]", 0..20_u32, 0..3),
            orders in prop::collection::vec(
                prop::collection::btree_map("[a-e]", 1..6_u64, 1..4), 0..30
            ),
        ) {
            let before: BTreeMap<_, _> = stock.iter().map(|(i, n)| (dish(i), *n)).collect();
            let orders: Vec<Needs> = orders.iter()
                .map(|order| order.iter().map(|(item, n)| (dish(item), *n)).collect())
                .collect();
            let mut left = before.clone();
            let got = allocate(&mut left, &orders);
            let mut model = before;
            for (needs, taken) in orders.iter().zip(&got) {
                let short = needs.iter().any(|(d, n)| model.get(d).is_some_and(|l| u64::from(*l) < *n));
                prop_assert_eq!(taken.is_none(), short);
                for (dish, pieces) in taken.iter().flatten() {
                    prop_assert_eq!(u64::from(*pieces), needs[dish]);
                    *model.get_mut(dish).unwrap() -= pieces;
                }
            }
            prop_assert_eq!(model, left);
        }
    }
}
