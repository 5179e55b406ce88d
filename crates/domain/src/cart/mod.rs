//! Prices a cart. The only place where prices are computed.

mod verify;

use std::collections::HashSet;

use crate::{
    ids::{ItemId, OptionId},
    menu::{Item, Menu},
    money::{MAX_ORDER_MINOR, Money},
    order::{Fulfilment, Line, LineOption, Totals},
    restaurant::Restaurant,
    tax::OrderTax,
    text::Note,
    violation::{Checks, Violations},
};

pub use crate::violation::cart::{CartError, MAX_LINES, MAX_QUANTITY};
pub use verify::{CLOCKS_DIFFER, NotVerified, verify_basics, verify_order};

/// A tip is at most the sum of the dishes, or this amount if it is higher; in minor units.
pub const TIP_ALWAYS_ALLOWED_MINOR: i64 = 2_000;

/// One dish as requested; without a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartLine {
    /// The dish.
    pub item_id: ItemId,
    /// Number of pieces: 1 to [`MAX_QUANTITY`].
    pub quantity: u32,
    /// The chosen options, each at most once.
    pub options: Vec<OptionId>,
    /// A note for the kitchen.
    pub note: Option<Note>,
}

/// Lines with the server's prices, and their sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedCart {
    /// The lines, as requested.
    pub lines: Vec<Line>,
    /// Their sums.
    pub totals: Totals,
    /// Their taxes, if the restaurant has rates.
    pub tax: Option<OrderTax>,
}

/// Prices a cart by the menu; the error lists everything that is wrong.
pub fn price_cart(
    restaurant: &Restaurant,
    menu: &Menu,
    lines: &[CartLine],
    fulfilment: &Fulfilment,
    tip_minor: i64,
) -> Result<PricedCart, Violations> {
    let mut checks = Checks::default();
    let mut lines = price_lines(menu, lines, &mut checks);
    let subtotal_minor =
        lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.total_minor));
    let Some(subtotal_minor) = subtotal_minor.filter(|sum| *sum <= MAX_ORDER_MINOR) else {
        checks.add("lines", CartError::TooDear);
        return checks.finish(None);
    };
    let delivery_fee_minor = delivery_fee(restaurant, fulfilment, subtotal_minor, &mut checks);
    if tip_minor < 0 || tip_minor > subtotal_minor.max(TIP_ALWAYS_ALLOWED_MINOR) {
        checks.add("tip_minor", CartError::Tip);
    } else if subtotal_minor + delivery_fee_minor + tip_minor > MAX_ORDER_MINOR {
        checks.add("tip_minor", CartError::TipTooDear);
    }
    if !checks.is_clean() {
        return checks.finish(None);
    }
    let is_delivery = matches!(fulfilment, Fulfilment::Delivery { .. });
    let tax = tax_lines(restaurant, menu, &mut lines, is_delivery, delivery_fee_minor);
    let tax_minor = tax.as_ref().map_or(0, OrderTax::added_minor);
    let total_minor = subtotal_minor + delivery_fee_minor + tip_minor + tax_minor;
    if total_minor > MAX_ORDER_MINOR {
        checks.add("lines", CartError::TooDear);
    }
    let totals = Totals { subtotal_minor, delivery_fee_minor, tip_minor, tax_minor, total_minor };
    checks.finish(Some(PricedCart { lines, totals, tax }))
}

/// Gives each line its tax rate; returns the taxes of lines and delivery fee. A dish that names a
/// rate which the restaurant does not have any more is taxed at the default rate.
pub fn tax_lines(
    restaurant: &Restaurant,
    menu: &Menu,
    lines: &mut [Line],
    is_delivery: bool,
    delivery_fee_minor: i64,
) -> Option<OrderTax> {
    let rules = restaurant.tax.as_ref()?;
    for line in &mut *lines {
        let item = menu.item(&line.item_id);
        let usual = item.and_then(|item| item.tax.as_ref());
        let delivered = item.and_then(|item| item.tax_delivery.as_ref()).filter(|_| is_delivery);
        let rate = rules.rate(delivered.or(usual)).or_else(|| rules.rate(None));
        line.tax = rate.map(|rate| rate.id.clone());
    }
    let dish = |line: &Line| Some((line.tax.clone()?, line.total_minor));
    let dishes: Vec<_> = lines.iter().filter_map(dish).collect();
    Some(rules.tax_order(&dishes, delivery_fee_minor, restaurant.currency.step_minor()))
}

/// Refuses an order that costs nothing.
pub fn check_price(total: Money) -> Result<(), CartError> {
    if total.minor == 0 { Err(CartError::Nothing) } else { Ok(()) }
}

/// Checks that the gateway charges the total of an order.
pub fn check_charge(total: Money) -> Result<(), CartError> {
    let currency = total.currency;
    let (least, most) = (currency.minimum_charge_minor(), currency.maximum_charge_minor());
    let step = currency.step_minor();
    check_price(total)?;
    match total.minor {
        minor if minor % step != 0 => Err(CartError::Uneven(Money::new(step, currency))),
        minor if minor < least => Err(CartError::BelowCharge(Money::new(least, currency))),
        minor if minor > most => Err(CartError::AboveCharge(Money::new(most, currency))),
        _ => Ok(()),
    }
}

/// Prices the valid lines; the violations of the others are added to `checks`.
pub fn price_lines(menu: &Menu, lines: &[CartLine], checks: &mut Checks) -> Vec<Line> {
    if lines.is_empty() {
        checks.add("lines", CartError::Empty);
    }
    if lines.len() > MAX_LINES {
        checks.add("lines", CartError::TooManyLines);
        return Vec::new();
    }
    let priced = |(n, line): (usize, &CartLine)| {
        let at = format!("lines[{n}].");
        checks.absorb(&at, price_line(menu, line))
    };
    lines.iter().enumerate().filter_map(priced).collect()
}

fn delivery_fee(
    restaurant: &Restaurant,
    fulfilment: &Fulfilment,
    subtotal_minor: i64,
    checks: &mut Checks,
) -> i64 {
    match (fulfilment, restaurant.delivery_fee_minor) {
        (Fulfilment::Pickup, _) => 0,
        (Fulfilment::Delivery { .. }, None) => {
            checks.add("fulfilment.kind", CartError::NoDelivery);
            0
        }
        (Fulfilment::Delivery { .. }, Some(fee)) => {
            if subtotal_minor < restaurant.minimum_order_minor {
                let minimum = Money::new(restaurant.minimum_order_minor, restaurant.currency);
                checks.add("lines", CartError::BelowMinimum(minimum));
            }
            fee
        }
    }
}

fn price_line(menu: &Menu, line: &CartLine) -> Result<Line, Violations> {
    let Some(item) = menu.item(&line.item_id) else {
        return Err(Violations::one("item_id", CartError::NotOnMenu(line.item_id.clone())));
    };
    let mut checks = Checks::default();
    if !(1..=MAX_QUANTITY).contains(&line.quantity) {
        checks.add("quantity", CartError::Quantity);
    }
    let options = choose_options(item, &line.options, &mut checks);
    let total = options
        .iter()
        .try_fold(item.price_minor, |sum, option| sum.checked_add(option.price_minor))
        .and_then(|unit| unit.checked_mul(i64::from(line.quantity)))
        .filter(|total| *total <= MAX_ORDER_MINOR);
    if total.is_none() {
        checks.add("quantity", CartError::TooDear);
    }
    checks.finish(total.map(|total_minor| Line {
        item_id: item.id.clone(),
        name: item.name.clone(),
        quantity: line.quantity,
        unit_price_minor: item.price_minor,
        options,
        note: line.note.clone(),
        total_minor,
        tax: None,
    }))
}

/// The chosen options in the menu's order.
fn choose_options(item: &Item, wanted: &[OptionId], checks: &mut Checks) -> Vec<LineOption> {
    let mut asked = HashSet::new();
    for (n, id) in wanted.iter().enumerate() {
        if item.option(id).is_none() {
            let (option, dish) = (id.clone(), item.name.clone());
            checks.add(format!("options[{n}]"), CartError::NoSuchOption { option, dish });
        } else if !asked.insert(id) {
            checks.add(format!("options[{n}]"), CartError::ChosenTwice(id.clone()));
        }
    }
    let mut chosen = Vec::new();
    for group in &item.option_groups {
        let before = chosen.len();
        chosen.extend(group.options.iter().filter(|o| asked.contains(&o.id)).map(|o| LineOption {
            id: o.id.clone(),
            name: o.name.clone(),
            price_minor: o.price_minor,
        }));
        let count = u32::try_from(chosen.len() - before).unwrap_or(u32::MAX);
        if count < group.min || count > group.max {
            let (name, min, max) = (group.name.clone(), group.min, group.max);
            checks.add("options", CartError::Choose { group: name, min, max, chosen: count });
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{fixtures, money::Currency};

    fn line(item: &str, quantity: u32, options: &[&str]) -> CartLine {
        CartLine {
            item_id: item.parse().unwrap(),
            quantity,
            options: options.iter().map(|o| o.parse().unwrap()).collect(),
            note: None,
        }
    }

    fn fields(result: Result<PricedCart, Violations>) -> Vec<String> {
        result.unwrap_err().0.into_iter().map(|v| v.field).collect()
    }

    fn pickup(lines: &[CartLine], tip: i64) -> Result<PricedCart, Violations> {
        price_cart(&fixtures::restaurant(), &fixtures::menu(), lines, &Fulfilment::Pickup, tip)
    }

    #[test]
    fn options_and_quantity_multiply() {
        let priced = pickup(&[line("margherita", 2, &["extra-cheese"])], 100).unwrap();
        assert_eq!(priced.lines[0].total_minor, 2200);
        assert_eq!(priced.totals.total_minor, 2300);
    }

    #[test]
    fn all_violations_are_listed_at_once() {
        let lines =
            [line("sushi", 1, &[]), line("margherita", 0, &["gold"]), line("calzone", 1, &[])];
        let expected =
            ["lines[0].item_id", "lines[1].quantity", "lines[1].options[0]", "lines[2].options"];
        assert_eq!(fields(pickup(&lines, 0)), expected);
    }

    #[test]
    fn limits_hold() {
        assert_eq!(fields(pickup(&[], 0)), ["lines"]);
        assert_eq!(fields(pickup(&vec![line("margherita", 1, &[]); 10_000], 0)), ["lines"]);
        assert_eq!(
            fields(pickup(&[line("margherita", 1_000_000_000, &[])], 0)),
            ["lines[0].quantity", "lines[0].quantity"]
        );
        assert_eq!(fields(pickup(&[line("margherita", 1, &[])], -1)), ["tip_minor"]);
        assert_eq!(fields(pickup(&[line("margherita", 1, &[])], i64::MAX)), ["tip_minor"]);
        assert_eq!(
            fields(pickup(&[line("margherita", 1, &["extra-cheese", "extra-cheese"])], 0)),
            ["lines[0].options[1]"]
        );
    }

    #[test]
    fn a_tip_cannot_raise_an_order_above_the_limit() {
        let mut categories = fixtures::menu().categories().to_vec();
        categories[0].items[0].price_minor = MAX_ORDER_MINOR;
        let menu = Menu::new(categories).unwrap();
        let (restaurant, one) = (fixtures::restaurant(), [line("margherita", 1, &[])]);
        let with = |tip| price_cart(&restaurant, &menu, &one, &Fulfilment::Pickup, tip);
        assert_eq!(with(0).unwrap().totals.total_minor, MAX_ORDER_MINOR);
        assert_eq!(fields(with(1)), ["tip_minor"]);
    }

    #[test]
    fn delivery_costs_and_has_a_minimum() {
        let home = Fulfilment::Delivery { address: "12 Via Roma".parse().unwrap() };
        let (mut restaurant, menu) = (fixtures::restaurant(), fixtures::menu());
        let one = [line("margherita", 1, &[])];
        assert_eq!(
            price_cart(&restaurant, &menu, &one, &home, 0).unwrap().totals.total_minor,
            1200
        );
        restaurant.minimum_order_minor = 951;
        assert_eq!(fields(price_cart(&restaurant, &menu, &one, &home, 0)), ["lines"]);
        restaurant.delivery_fee_minor = None;
        assert_eq!(fields(price_cart(&restaurant, &menu, &one, &home, 0)), ["fulfilment.kind"]);
    }

    #[test]
    fn a_charge_has_limits_and_whole_steps() {
        let check = |minor, currency| check_charge(Money::new(minor, currency));
        let euros = |minor| Money::new(minor, Currency::EUR);
        assert_eq!(check(0, Currency::EUR), Err(CartError::Nothing));
        assert_eq!(check(49, Currency::EUR), Err(CartError::BelowCharge(euros(50))));
        assert_eq!(check(50, Currency::EUR), Ok(()));
        assert_eq!(check(99_999_999, Currency::EUR), Ok(()));
        let most = euros(99_999_999);
        assert_eq!(check(MAX_ORDER_MINOR, Currency::EUR), Err(CartError::AboveCharge(most)));
        assert_eq!(check(999_999, Currency::ISK), Ok(()));
        assert!(matches!(check(1_000_000, Currency::ISK), Err(CartError::AboveCharge(_))));
        let step = Money::new(10, Currency::KWD);
        assert_eq!(check(1_255, Currency::KWD), Err(CartError::Uneven(step)));
    }

    proptest! {
        #[test]
        fn lines_always_sum_to_the_total(quantities in prop::collection::vec(0_u32..120, 0..8), cheese: bool, tip in -10_i64..10_000) {
            let options: &[&str] = if cheese { &["extra-cheese"] } else { &[] };
            let lines: Vec<_> = quantities.iter().map(|q| line("margherita", *q, options)).collect();
            let unit = if cheese { 1100 } else { 950 };
            let expected: i64 = quantities.iter().map(|q| i64::from(*q) * unit).sum();
            match pickup(&lines, tip) {
                Ok(priced) => {
                    prop_assert_eq!(priced.totals.subtotal_minor, expected);
                    prop_assert_eq!(priced.totals.total_minor, expected + tip);
                    prop_assert!(quantities.iter().all(|q| (1..=99).contains(q)));
                }
                Err(_) => prop_assert!(
                    quantities.is_empty() || quantities.iter().any(|q| !(1..=99).contains(q)) || tip < 0 || tip > expected.max(2000)
                ),
            }
        }
    }
}
