use proptest::prelude::*;

use super::*;
use crate::money::Currency;

fn id(text: &str) -> TaxId {
    text.parse().unwrap()
}

fn rules(prices: Prices, rates: &[(&str, &str)], delivery: DeliveryTax) -> TaxRules {
    let rate = |(name, percent): &(&str, &str)| TaxRate {
        id: id(name),
        name: format!("Tax {percent} %").parse().unwrap(),
        percent: percent.parse().unwrap(),
    };
    let rates: Vec<_> = rates.iter().map(rate).collect();
    let default = rates[0].id.clone();
    TaxRules::new(prices, rates, default, delivery).unwrap()
}

/// Net and tax by rate.
fn amounts(rules: &TaxRules, dishes: &[(&str, i64)], fee: i64) -> Vec<(String, i64, i64)> {
    let dishes: Vec<_> = dishes.iter().map(|(name, minor)| (id(name), *minor)).collect();
    let tax = rules.tax_order(&dishes, fee, 1);
    tax.amounts.into_iter().map(|a| (a.rate.id.to_string(), a.net_minor, a.tax_minor)).collect()
}

fn row(name: &str, net_minor: i64, tax_minor: i64) -> (String, i64, i64) {
    (name.to_owned(), net_minor, tax_minor)
}

/// Italy: food at a table 10 %, other sales 22 %, within the price. The fee follows the dishes.
#[test]
fn italy_splits_the_fee_by_net_value() {
    let italy =
        rules(Prices::Inclusive, &[("food", "10"), ("goods", "22")], DeliveryTax::Proportional);
    assert_eq!(amounts(&italy, &[("food", 1_100)], 0), [row("food", 1_000, 100)]);
    // Net 10.00 and 5.00: of a fee of 3.00, 2.00 are food.
    let mixed = amounts(&italy, &[("food", 1_100), ("goods", 610)], 300);
    assert_eq!(mixed, [row("food", 1_182, 118), row("goods", 582, 128)]);
}

/// United Kingdom: hot food 20 %, most cold food 0 %. VAT of 20 % is a sixth of the price (HMRC,
/// VAT fraction).
#[test]
fn united_kingdom_lists_the_zero_rate() {
    let uk =
        rules(Prices::Inclusive, &[("hot", "20"), ("cold", "0")], DeliveryTax::Rate(id("hot")));
    let amounts = amounts(&uk, &[("hot", 600), ("cold", 250)], 120);
    assert_eq!(amounts, [row("hot", 600, 120), row("cold", 250, 0)]);
}

/// New York City: 8.875 % on top (New York State, Publication 718): 8.88 for 100.00.
#[test]
fn new_york_adds_the_tax() {
    let new_york = rules(Prices::Exclusive, &[("sales", "8.875")], DeliveryTax::Proportional);
    assert_eq!(amounts(&new_york, &[("sales", 10_000)], 0), [row("sales", 10_000, 888)]);
    assert_eq!(amounts(&new_york, &[("sales", 1_000)], 299), [row("sales", 1_299, 115)]);
}

/// Japan: 8 % to take away, 10 % at a table, within the price, one rounding per rate and invoice
/// (National Tax Agency, qualified invoices).
#[test]
fn japan_rounds_once_per_rate() {
    let japan = rules(
        Prices::Inclusive,
        &[("reduced", "8"), ("standard", "10")],
        DeliveryTax::Proportional,
    );
    // Three dishes of 131 yen: 29.1 yen of tax together, 10 yen each if rounded by dish.
    let dishes = [("reduced", 131), ("reduced", 131), ("reduced", 131), ("standard", 1_100)];
    assert_eq!(amounts(&japan, &dishes, 0), [row("reduced", 364, 29), row("standard", 1_000, 100)]);
}

#[test]
fn a_fee_without_dishes_has_the_default_rate() {
    let uk = rules(Prices::Inclusive, &[("hot", "20"), ("cold", "0")], DeliveryTax::Proportional);
    assert_eq!(amounts(&uk, &[("cold", 0)], 120), [row("hot", 100, 20)]);
    assert_eq!(amounts(&uk, &[], 0), []);
}

#[test]
fn equal_remainders_go_to_the_first() {
    assert_eq!(split(10, &[1, 1, 1]), Some(vec![4, 3, 3]));
    assert_eq!(split(11, &[1, 1, 1]), Some(vec![4, 4, 3]));
    assert_eq!(split(0, &[5, 0]), Some(vec![0, 0]));
    assert_eq!(split(7, &[0, 0]), None);
}

#[test]
fn wrong_taxes_are_found() {
    let uk = rules(Prices::Inclusive, &[("hot", "20"), ("cold", "0")], DeliveryTax::Proportional);
    let dishes = [(id("hot"), 600), (id("cold"), 250)];
    let right = uk.tax_order(&dishes, 120, 1);
    let check = |change: &dyn Fn(&mut Vec<TaxAmount>)| {
        let mut wrong = right.clone();
        change(&mut wrong.amounts);
        wrong.check(&dishes, 120, 1)
    };
    assert_eq!(check(&|_| {}), Ok(()));
    let cent_moved = |amounts: &mut Vec<TaxAmount>| {
        amounts[0].net_minor += 1;
        amounts[0].tax_minor -= 1;
    };
    assert!(matches!(check(&cent_moved), Err(TaxError::Amount { .. })));
    let moved_to_cold = |amounts: &mut Vec<TaxAmount>| {
        amounts[0].net_minor -= 100;
        amounts[0].tax_minor -= 20;
        amounts[1].net_minor += 120;
    };
    assert_eq!(check(&moved_to_cold), Err(TaxError::Sum));
    assert_eq!(check(&|amounts| drop(amounts.pop())), Err(TaxError::Sum));
    assert!(matches!(check(&|a| a.push(a[0].clone())), Err(TaxError::Row(_))));
    assert_eq!(right.check(&dishes, 121, 1), Err(TaxError::Sum));
}

fn any_rules() -> impl Strategy<Value = TaxRules> {
    let percents = prop::collection::vec(0..=1_000_000_u32, 1..4);
    (percents, any::<bool>(), any::<bool>()).prop_map(|(percents, inclusive, proportional)| {
        let percent = |scaled: &u32| format!("{}.{:04}", scaled / 10_000, scaled % 10_000);
        let texts: Vec<_> = percents.iter().map(percent).collect();
        let names = ["a", "b", "c"];
        let rates: Vec<_> = names.iter().copied().zip(texts.iter().map(String::as_str)).collect();
        let prices = if inclusive { Prices::Inclusive } else { Prices::Exclusive };
        let delivery = match proportional {
            true => DeliveryTax::Proportional,
            false => DeliveryTax::Rate(id("a")),
        };
        rules(prices, &rates, delivery)
    })
}

proptest! {
    #[test]
    fn nothing_is_lost_in_any_order(
        rules in any_rules(),
        dishes in prop::collection::vec((0..3_usize, 0..1_000_000_i64), 0..8),
        fee in 0..10_000_i64,
        currency in 0..Currency::LIST.len(),
    ) {
        let step = Currency::LIST[currency].step_minor();
        let rates = rules.rates();
        let dish = |(n, minor): &(usize, i64)| (rates[n % rates.len()].id.clone(), minor * step);
        let dishes: Vec<_> = dishes.iter().map(dish).collect();
        let priced = dishes.iter().map(|(_, minor)| minor).sum::<i64>() + fee * step;
        let tax = rules.tax_order(&dishes, fee * step, step);
        prop_assert_eq!(tax.check(&dishes, fee * step, step), Ok(()));
        let sums = tax.amounts.iter().map(|amount| amount.priced_minor(tax.prices));
        prop_assert_eq!(sums.sum::<i64>(), priced);
        for amount in &tax.amounts {
            prop_assert_eq!(amount.tax_minor % step, 0);
        }
    }

    #[test]
    fn shares_differ_from_the_exact_ones_by_less_than_one(
        amount in 0..=1_000_000_i64,
        weights in prop::collection::vec(0..1_000_000_i64, 1..8),
    ) {
        let whole: i64 = weights.iter().sum();
        let Some(shares) = split(amount, &weights) else { return Ok(()) };
        prop_assert_eq!(shares.iter().sum::<i64>(), amount);
        for (share, weight) in shares.iter().zip(&weights) {
            let (exact, share) = (i128::from(amount) * i128::from(*weight), i128::from(*share));
            prop_assert!((exact - share * i128::from(whole)).abs() < i128::from(whole));
        }
    }
}
