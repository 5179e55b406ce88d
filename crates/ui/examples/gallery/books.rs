//! Sample books of a day.

use domain::{
    books::{BookedRate, BookedSum, DayBooks, Direction},
    money::Currency,
    payment::LedgerAccount,
    payment_method::MethodKind,
};
use jiff::civil::date;
use ui::{
    Reader, Staff,
    pages::{self, DayPage, RestaurantHeader},
};

use super::{now, town};

/// Sales and refunds of a day with two rates: cards, and cash.
fn sums(rate_name: &str) -> Vec<BookedSum> {
    let rate = |id: &str, percent: &str| BookedRate {
        id: id.parse().unwrap(),
        name: format!("{rate_name} {percent} %").parse().ok(),
        percent: percent.parse().ok(),
    };
    let (food, drinks) = (rate("food", "10"), rate("drinks", "22"));
    let mut all = Vec::new();
    let mut post = |method, direction, rates: [(i64, i64, i64); 2], tips: i64, postings| {
        let mut money = tips;
        let mut side = |account, rate: Option<&BookedRate>, amount_minor| {
            let rate = rate.cloned();
            let currency = Currency::EUR;
            all.push(BookedSum {
                method,
                direction,
                account,
                rate,
                currency,
                amount_minor,
                postings,
            });
        };
        for (rate, (sales, delivery, tax)) in [&food, &drinks].into_iter().zip(rates) {
            let id = rate.id.clone();
            side(LedgerAccount::Sales(Some(id.clone())), Some(rate), -sales);
            side(LedgerAccount::Delivery(Some(id.clone())), Some(rate), -delivery);
            side(LedgerAccount::Tax(id), Some(rate), -tax);
            money += sales + delivery + tax;
        }
        side(LedgerAccount::Tips, None, -tips);
        let account = match method {
            MethodKind::Card => LedgerAccount::Gateway,
            MethodKind::Cash => LedgerAccount::Till,
        };
        side(account, None, money);
    };
    let (sale, refund) = (Direction::Sale, Direction::Refund);
    post(MethodKind::Card, sale, [(184_318, 9_545, 19_386), (41_967, 0, 9_233)], 12_850, 87);
    post(MethodKind::Cash, sale, [(38_636, 0, 3_864), (9_016, 0, 1_984)], 0, 21);
    post(MethodKind::Card, refund, [(-2_227, -227, -246), (0, 0, 0)], -300, 2);
    all
}

/// The report of a day: `empty`, `today`, or closed; `untaxed` for a restaurant without rates.
pub(crate) fn day_page(reader: &Reader, state: &str, rate_name: &str, staff: Staff) -> ui::Markup {
    let (shop, _) = town().swap_remove(0);
    let mut sums = sums(rate_name);
    if state == "untaxed" {
        sums.retain(|sum| sum.account == LedgerAccount::Gateway);
        sums.truncate(1);
        let money = sums[0].clone();
        let (account, amount_minor) = (LedgerAccount::Sales(None), -money.amount_minor);
        sums.push(BookedSum { account, amount_minor, ..money });
    }
    let books = if state == "empty" { vec![] } else { DayBooks::from_sums(&sums).unwrap() };
    let (from, to) = ("2026-11-22T04:00:00Z", "2026-11-23T04:00:00Z");
    let (today, later) = (date(2026, 11, 22), date(2026, 11, 24));
    let is_open = state == "today";
    pages::day(&DayPage {
        header: RestaurantHeader { reader, staff, restaurant: &shop.id, name: shop.name.as_str() },
        restaurant: &shop,
        date: today,
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        now: if is_open { now() } else { "2026-11-24T08:15:00Z".parse().unwrap() },
        today: if is_open { today } else { later },
        books: &books,
    })
}
