use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    fixtures,
    money::Currency,
    order::Order,
    payment::{LedgerAccount, LedgerEntry, Posting, refund_postings, sale_postings},
    payment_method::MethodKind,
    tax::Prices,
};

/// A ledger of a day, posted as the program posts.
#[derive(Default)]
struct Ledger(Vec<BookedSum>);

impl Ledger {
    fn post(&mut self, order: &Order, entry: &LedgerEntry, postings: &[Posting]) {
        let money = postings.iter().find(|posting| posting.account.holds_money()).unwrap();
        let method = match money.account {
            LedgerAccount::Till => MethodKind::Cash,
            _ => MethodKind::Card,
        };
        let rates = order.tax.iter().flat_map(|tax| &tax.amounts).map(|amount| &amount.rate);
        for posting in postings {
            let id = posting.account.rate();
            let rate = rates.clone().find(|rate| Some(&rate.id) == id);
            self.0.push(BookedSum {
                method,
                direction: entry.into(),
                account: posting.account.clone(),
                rate: rate.map(|rate| BookedRate {
                    id: rate.id.clone(),
                    name: Some(rate.name.clone()),
                    percent: Some(rate.percent),
                }),
                currency: order.currency,
                amount_minor: posting.amount_minor,
                postings: 1,
            });
        }
    }

    /// A sale into `account`, and a refund of `part` of it.
    fn sell(&mut self, order: &Order, account: &LedgerAccount, part_minor: i64) {
        let sale = sale_postings(order, account.clone());
        let entry = match account {
            LedgerAccount::Till => LedgerEntry::Collection,
            _ => LedgerEntry::Capture,
        };
        self.post(order, &entry, &sale);
        let credits: Vec<_> = sale.into_iter().filter(|p| !p.account.holds_money()).collect();
        if let Some(refund) = refund_postings(&credits, account.clone(), part_minor) {
            self.post(order, &LedgerEntry::PartRefund("r1".parse().unwrap()), &refund);
        }
    }

    fn books(&self) -> DayBooks {
        let mut books = DayBooks::from_sums(&self.0).unwrap();
        assert_eq!(books.len(), 1);
        books.remove(0)
    }
}

fn orders() -> Vec<Order> {
    let plain = [fixtures::order(1), fixtures::delivery(2), fixtures::rich_order()];
    let taxed = |prices| plain.clone().map(|order| fixtures::taxed(&order, prices));
    [taxed(Prices::Inclusive), taxed(Prices::Exclusive), plain.clone()].concat()
}

proptest! {
    #[test]
    fn the_books_of_a_day_are_what_was_sold_and_given_back(
        day in prop::collection::vec((0_usize..9, any::<bool>(), 0_i64..4_000), 1..12)
    ) {
        let mut ledger = Ledger::default();
        let (mut sold, mut returned, mut tips) = (0_i64, 0_i64, 0_i64);
        let mut by_method = BTreeMap::<MethodKind, i64>::new();
        let mut taxes = BTreeMap::new();
        for (n, is_cash, part) in day {
            let order = orders().swap_remove(n);
            let (account, method) = match is_cash {
                true => (LedgerAccount::Till, MethodKind::Cash),
                false => (LedgerAccount::Gateway, MethodKind::Card),
            };
            let total = order.totals.total_minor;
            let part = part.min(total);
            ledger.sell(&order, &account, part);
            sold += total;
            returned += part;
            tips += order.totals.tip_minor;
            *by_method.entry(method).or_default() += total - part;
            for amount in order.tax.iter().flat_map(|tax| &tax.amounts) {
                *taxes.entry(amount.rate.id.clone()).or_insert(0) += amount.tax_minor;
            }
        }
        let books = ledger.books();
        let (sales, refunds) = (Some(Direction::Sale), Some(Direction::Refund));
        prop_assert_eq!(books.sum(None, sales).total_minor(), sold);
        prop_assert_eq!(books.sum(None, sales).tips_minor, tips);
        prop_assert_eq!(books.sum(None, refunds).total_minor(), -returned);
        prop_assert_eq!(books.sum(None, None).total_minor(), sold - returned);
        for (method, minor) in by_method {
            prop_assert_eq!(books.sum(Some(method), None).total_minor(), minor);
        }
        for rate in books.rates() {
            let tax = books.sum_at(Some(rate), sales).tax_minor;
            prop_assert_eq!(Some(&tax), taxes.get(&rate.id));
            prop_assert!(rate.name.is_some() && rate.percent.is_some());
        }
        // Any grouping has the same sum.
        for direction in [sales, refunds, None] {
            let rates = books.rates().into_iter().map(Some).chain([None]);
            let by_rate = rates.fold(Amounts::default(), |sum, rate| {
                sum.plus(books.sum_at(rate, direction))
            });
            let all = books.sum(None, direction);
            prop_assert_eq!(by_rate, all);
            prop_assert_eq!(all.net_minor() + all.tax_minor, all.gross_minor());
            prop_assert_eq!(all.gross_minor() + all.tips_minor, all.total_minor());
        }
    }
}

#[test]
fn movements_are_counted_by_method_and_direction() {
    let mut ledger = Ledger::default();
    let order = fixtures::order(1);
    ledger.sell(&order, &LedgerAccount::Gateway, 100);
    ledger.sell(&order, &LedgerAccount::Gateway, 0);
    ledger.sell(&order, &LedgerAccount::Till, 0);
    let books = ledger.books();
    assert_eq!(books.movements(None, Direction::Sale), 3);
    assert_eq!(books.movements(Some(MethodKind::Card), Direction::Sale), 2);
    assert_eq!(books.movements(Some(MethodKind::Card), Direction::Refund), 1);
    assert_eq!(books.movements(Some(MethodKind::Cash), Direction::Refund), 0);
    assert_eq!(books.methods(), [MethodKind::Card, MethodKind::Cash]);
}

#[test]
fn sums_that_do_not_come_to_zero_are_refused() {
    let mut ledger = Ledger::default();
    ledger.sell(&fixtures::order(1), &LedgerAccount::Gateway, 100);
    for n in 0..ledger.0.len() {
        let mut sums = ledger.0.clone();
        sums[n].amount_minor += 1;
        assert!(matches!(DayBooks::from_sums(&sums), Err(BooksError::Unbalanced { .. })), "{n}");
        sums.remove(n);
        assert!(matches!(DayBooks::from_sums(&sums), Err(BooksError::Unbalanced { .. })), "{n}");
    }
    let mut huge = ledger.0[0].clone();
    huge.amount_minor = i64::MAX;
    assert_eq!(DayBooks::from_sums(&[huge.clone(), huge]), Err(BooksError::TooLarge));
}

#[test]
fn a_rate_that_changed_during_the_day_has_two_rows() {
    let mut ledger = Ledger::default();
    let order = fixtures::taxed(&fixtures::order(1), Prices::Inclusive);
    ledger.sell(&order, &LedgerAccount::Gateway, 0);
    let rates = ledger.books().rates().len();
    ledger.sell(&order, &LedgerAccount::Gateway, 0);
    assert_eq!(ledger.books().rates().len(), rates);
    let half = ledger.0.len() / 2;
    for sum in &mut ledger.0[half..] {
        if let Some(rate) = &mut sum.rate {
            rate.percent = Some("3".parse().unwrap());
        }
    }
    assert_eq!(ledger.books().rates().len(), 2 * rates);
}

#[test]
fn currencies_are_apart() {
    let mut ledger = Ledger::default();
    ledger.sell(&fixtures::order(1), &LedgerAccount::Gateway, 0);
    ledger.sell(&fixtures::order(2), &LedgerAccount::Gateway, 0);
    let half = ledger.0.len() / 2;
    ledger.0[half..].iter_mut().for_each(|sum| sum.currency = Currency::JPY);
    let books = DayBooks::from_sums(&ledger.0).unwrap();
    let currencies: Vec<_> = books.iter().map(|books| books.currency).collect();
    assert_eq!(currencies, [Currency::EUR, Currency::JPY]);
    assert_eq!(DayBooks::from_sums(&[]), Ok(Vec::new()));
}
