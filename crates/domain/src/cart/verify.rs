//! Verifies an order that was priced by a foreign writer.

use jiff::{SignedDuration, Timestamp};

use super::{CartLine, price_cart};
use crate::{
    menu::Menu,
    order::{Line, Order},
    payment_method::CapturePoint,
    restaurant::Restaurant,
    violation::Violations,
};

/// Maximum lead of a writer's clock over ours.
pub const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);
/// Maximum age of an order; it may have waited in the log.
const OLDEST: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Why an order is not verified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotVerified {
    /// The total is zero.
    #[error("it costs nothing")]
    Nothing,
    /// Placed in the future or too long ago.
    #[error("it was placed at {0}, which cannot be")]
    Time(Timestamp),
    /// No such restaurant, or no such version of its menu.
    #[error("version {0} of the restaurant's menu is not known")]
    Menu(i64),
    /// A term, by name, differs from the restaurant's.
    #[error("its {0} is not the restaurant's")]
    Terms(&'static str),
    /// The restaurant was closed or does not sell a line.
    #[error("it cannot be ordered: {0}")]
    Refused(Violations),
    /// It can be ordered, but at other prices.
    #[error("the menu has other dishes or prices")]
    Price,
}

/// Refuses an order that is invalid at `now` whatever the menu says.
pub fn verify_basics(order: &Order, now: Timestamp) -> Result<(), NotVerified> {
    if order.totals.total_minor == 0 {
        return Err(NotVerified::Nothing);
    }
    let (at, age) = (order.placed_at, now.duration_since(order.placed_at));
    if age > OLDEST || age < -CLOCKS_DIFFER {
        return Err(NotVerified::Time(at));
    }
    Ok(())
}

/// Prices an order again by the menu that it names and the restaurant's terms.
pub fn verify_order(
    order: &Order,
    restaurant: &Restaurant,
    menu: &Menu,
) -> Result<(), NotVerified> {
    same_terms(order, restaurant)?;
    restaurant.refuse_closed(order.placed_at).map_err(NotVerified::Refused)?;
    let method = order.payment_method.kind();
    restaurant.refuse_cash(method, order.total()).map_err(NotVerified::Refused)?;
    let lines: Vec<_> = order.lines.iter().map(to_cart_line).collect();
    let priced = price_cart(restaurant, menu, &lines, &order.fulfilment, order.totals.tip_minor)
        .map_err(NotVerified::Refused)?;
    let same = |(ours, theirs): (&Line, &Line)| sort_options(ours) == sort_options(theirs);
    let pairs = priced.lines.iter().zip(&order.lines);
    // Pricing gives one line per requested line, so the lengths are equal.
    match priced.totals == order.totals && priced.tax == order.tax && pairs.clone().all(same) {
        true => Ok(()),
        false => Err(NotVerified::Price),
    }
}

fn same_terms(order: &Order, restaurant: &Restaurant) -> Result<(), NotVerified> {
    let seller = &order.seller;
    let terms = [
        ("restaurant", seller.id == restaurant.id),
        ("restaurant_name", seller.name == restaurant.name),
        ("time_zone", seller.time_zone == restaurant.time_zone),
        ("auto_accept", seller.auto_accept == restaurant.auto_accept),
        ("accept_within_s", seller.accept_within_s == restaurant.accept_within_s),
        (
            "capture",
            seller.capture == restaurant.capture_point() || seller.capture == CapturePoint::AtOrder,
        ),
        ("business_day_starts", seller.business_day_starts == restaurant.business_day_starts),
        // A writer may leave out who sells, but not name another one.
        ("restaurant_legal", seller.legal.is_none() || seller.legal == restaurant.legal),
        ("restaurant_address", seller.address.is_none() || seller.address == restaurant.address),
        ("currency", order.currency == restaurant.currency),
    ];
    match terms.iter().find(|(_, same)| !same) {
        Some((name, _)) => Err(NotVerified::Terms(name)),
        None => Ok(()),
    }
}

/// A line as requested, without prices.
fn to_cart_line(line: &Line) -> CartLine {
    CartLine {
        item_id: line.item_id.clone(),
        quantity: line.quantity,
        options: line.options.iter().map(|option| option.id.clone()).collect(),
        note: line.note.clone(),
    }
}

/// The line with its options sorted by id: writers may list them in any order.
fn sort_options(line: &Line) -> Line {
    let mut line = line.clone();
    line.options.sort_by(|a, b| a.id.cmp(&b.id));
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        fixtures,
        order::{Fulfilment, LineOption, OrderParts},
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn verified(order: &Order) -> Result<(), NotVerified> {
        verify_order(order, &fixtures::restaurant(), &fixtures::menu())
    }

    fn changed(change: impl FnOnce(&mut OrderParts)) -> Order {
        let mut parts = fixtures::order_parts(1);
        change(&mut parts);
        Order::try_from(parts).unwrap()
    }

    #[test]
    fn an_order_at_our_prices_is_verified() {
        assert_eq!(verified(&fixtures::order(1)), Ok(()));
        assert_eq!(verified(&fixtures::delivery(1)), Ok(()));
        let free = LineOption {
            id: "basil".parse().unwrap(),
            name: "Basil".parse().unwrap(),
            price_minor: 0,
        };
        let before = changed(|parts| parts.lines[0].options.insert(0, free.clone()));
        let after = changed(|parts| parts.lines[0].options.push(free));
        assert_eq!((verified(&before), verified(&after)), (Ok(()), Ok(())));
    }

    #[test]
    fn ninety_nine_pizzas_for_a_cent_are_refused() {
        let cheap = changed(|parts| {
            let line = &mut parts.lines[0];
            (line.quantity, line.unit_price_minor, line.total_minor) = (99, 0, 0);
            line.options.clear();
            (parts.totals.subtotal_minor, parts.totals.tip_minor) = (0, 1);
            parts.totals.total_minor = 1;
        });
        assert_eq!(verified(&cheap), Err(NotVerified::Price));
    }

    #[test]
    fn each_difference_is_refused_by_name() {
        type Change = fn(&mut OrderParts);
        let terms: [(&str, Change); 9] = [
            ("restaurant", |p| p.seller.id = "golden-wok".parse().unwrap()),
            ("restaurant_name", |p| p.seller.name = "Another".parse().unwrap()),
            ("time_zone", |p| p.seller.time_zone = "Asia/Tokyo".parse().unwrap()),
            ("auto_accept", |p| p.seller.auto_accept = true),
            ("accept_within_s", |p| p.seller.accept_within_s = 1),
            ("business_day_starts", |p| p.seller.business_day_starts = "04:00".parse().unwrap()),
            ("restaurant_legal", |p| p.seller.legal = Some(fixtures::legal())),
            ("restaurant_address", |p| p.seller.address = Some(fixtures::address())),
            ("currency", |p| p.currency = crate::money::Currency::JPY),
        ];
        for (name, change) in terms {
            assert_eq!(verified(&changed(change)), Err(NotVerified::Terms(name)));
        }
        // Only who sells may be left out.
        let named = Restaurant { legal: Some(fixtures::legal()), ..fixtures::restaurant() };
        assert_eq!(verify_order(&fixtures::order(1), &named, &fixtures::menu()), Ok(()));
        let refused: [Change; 3] = [
            |p| p.lines[0].item_id = "sushi".parse().unwrap(),
            |p| p.lines[0].options[0].id = "gold".parse().unwrap(),
            |p| {
                p.totals.tip_minor = 5_000;
                p.totals.total_minor += 5_000;
            },
        ];
        for change in refused {
            let order = changed(change);
            assert!(matches!(verified(&order), Err(NotVerified::Refused(_))), "{order:?}");
        }
        let priced: [Change; 3] = [
            |p| p.lines[0].name = "Lobster".parse().unwrap(),
            |p| p.lines[0].options[0].name = "Truffle".parse().unwrap(),
            |p| {
                p.totals.delivery_fee_minor = 250;
                p.totals.total_minor += 250;
            },
        ];
        for change in priced {
            assert_eq!(verified(&changed(change)), Err(NotVerified::Price));
        }
        let free_delivery = changed(|p| {
            p.fulfilment = Fulfilment::Delivery { address: "12 Via Roma".parse().unwrap() };
        });
        assert_eq!(verified(&free_delivery), Err(NotVerified::Price));
    }

    #[test]
    fn a_closed_restaurant_took_no_order() {
        let (mut restaurant, order) = (fixtures::restaurant(), fixtures::order(1));
        restaurant.pause = Some(crate::hours::Pause::Until(at(60)));
        let closed = verify_order(&order, &restaurant, &fixtures::menu());
        assert!(matches!(closed, Err(NotVerified::Refused(_))), "{closed:?}");
        let later = changed(|parts| parts.placed_at = at(61));
        assert_eq!(verify_order(&later, &restaurant, &fixtures::menu()), Ok(()));
    }

    #[test]
    fn impossible_times_and_zero_totals_are_refused() {
        let now = at(100 * 86_400);
        let of = |second| verify_basics(&changed(|parts| parts.placed_at = at(second)), now);
        let now_s = now.as_second();
        for second in [now_s, now_s + 299, now_s - 86_400] {
            assert_eq!(of(second), Ok(()));
        }
        for second in [0, now_s + 301, Timestamp::MAX.as_second()] {
            assert!(matches!(of(second), Err(NotVerified::Time(_))), "{second}");
        }
        let free = changed(|parts| {
            let line = &mut parts.lines[0];
            (line.unit_price_minor, line.total_minor) = (0, 0);
            line.options.clear();
            (parts.totals.subtotal_minor, parts.totals.total_minor) = (0, 0);
        });
        assert_eq!(verify_basics(&free, at(0)), Err(NotVerified::Nothing));
    }

    proptest! {
        /// A cart at our prices is always verified; at one cent less it never is.
        #[test]
        fn our_own_prices_verify(
            quantities in prop::collection::vec(1_u32..=99, 1..8), cheese: bool, tip in 0_i64..500
        ) {
            let options: Vec<_> = cheese.then(|| "extra-cheese".parse().unwrap()).into_iter().collect();
            let line = |quantity: &u32| CartLine {
                item_id: "margherita".parse().unwrap(),
                quantity: *quantity,
                options: options.clone(),
                note: None,
            };
            let lines: Vec<_> = quantities.iter().map(line).collect();
            let pickup = Fulfilment::Pickup;
            let (restaurant, menu) = (fixtures::restaurant(), fixtures::menu());
            let priced = price_cart(&restaurant, &menu, &lines, &pickup, tip).unwrap();
            let with = |less: i64| changed(|parts| {
                (parts.lines, parts.totals) = (priced.lines.clone(), priced.totals);
                parts.lines[0].unit_price_minor -= less;
                let off = less * i64::from(parts.lines[0].quantity);
                parts.lines[0].total_minor -= off;
                parts.totals.subtotal_minor -= off;
                parts.totals.total_minor -= off;
            });
            prop_assert_eq!(verified(&with(0)), Ok(()));
            prop_assert_eq!(verified(&with(1)), Err(NotVerified::Price));
        }
    }
}
