//! The ledger: each movement of money as postings that sum to zero.
//!
//! What was taken is posted by kind and tax rate, so that the books of a day are sums of postings,
//! and so that a refund can be spread over what is left of each.

use std::{fmt, str::FromStr};

use super::RefundKey;
use crate::{
    ids::TaxId,
    order::Order,
    tax::{OrderTax, Prices, TaxAmount, split},
};

/// The kind of a ledger entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LedgerEntry {
    /// The gateway captured money from a customer.
    Capture,
    /// The customer paid in cash.
    Collection,
    /// What was left of the money was returned, because the order was cancelled.
    Refund,
    /// A part of the money was returned.
    PartRefund(RefundKey),
}

/// A ledger account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LedgerAccount {
    /// The balance held by the gateway.
    Gateway,
    /// Cash in the restaurant.
    Till,
    /// Dishes sold, without tax, at a rate if the restaurant has rates.
    Sales(Option<TaxId>),
    /// Delivery fees, without tax, at a rate if the restaurant has rates.
    Delivery(Option<TaxId>),
    /// Taxes, owed to the state.
    Tax(TaxId),
    /// Tips, owed to the staff.
    Tips,
}

impl LedgerAccount {
    /// True for the accounts that hold money; the others say what it was paid for.
    pub const fn holds_money(&self) -> bool {
        matches!(self, Self::Gateway | Self::Till)
    }

    /// The tax rate, of those that have one.
    pub const fn rate(&self) -> Option<&TaxId> {
        match self {
            Self::Sales(rate) | Self::Delivery(rate) => rate.as_ref(),
            Self::Tax(rate) => Some(rate),
            Self::Gateway | Self::Till | Self::Tips => None,
        }
    }
}

/// One side of a ledger entry: positive is debit, negative is credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The account.
    pub account: LedgerAccount,
    /// In minor units of the order's currency.
    pub amount_minor: i64,
}

/// The postings of the whole price of an order that was paid into `account`; they sum to zero.
/// Accounts without change have no posting.
pub fn sale_postings(order: &Order, account: LedgerAccount) -> Vec<Posting> {
    let totals = &order.totals;
    let mut sides = vec![(account, totals.total_minor), (LedgerAccount::Tips, -totals.tip_minor)];
    match &order.tax {
        None => sides.extend([
            (LedgerAccount::Sales(None), -totals.subtotal_minor),
            (LedgerAccount::Delivery(None), -totals.delivery_fee_minor),
        ]),
        Some(tax) => {
            sides.extend(tax.amounts.iter().flat_map(|amount| taxed_sides(order, tax, amount)));
        }
    }
    to_postings(sides)
}

/// What is sold at one rate: dishes, delivery and their tax. The tax of a delivery fee is its share
/// of the rate's.
fn taxed_sides(order: &Order, tax: &OrderTax, amount: &TaxAmount) -> [(LedgerAccount, i64); 3] {
    let id = &amount.rate.id;
    let dishes = order.lines.iter().filter(|line| line.tax.as_ref() == Some(id));
    let dishes_minor: i64 = dishes.map(|line| line.total_minor).sum();
    let fee_minor = amount.priced_minor(tax.prices) - dishes_minor;
    let contained = match tax.prices {
        Prices::Inclusive => split(amount.tax_minor, &[dishes_minor, fee_minor]),
        Prices::Exclusive => None,
    };
    let contained = contained.unwrap_or_else(|| vec![0, 0]);
    [
        (LedgerAccount::Sales(Some(id.clone())), contained[0] - dishes_minor),
        (LedgerAccount::Delivery(Some(id.clone())), contained[1] - fee_minor),
        (LedgerAccount::Tax(id.clone()), -amount.tax_minor),
    ]
}

/// The postings of a refund of `amount_minor` from `account`, spread over `credits`, the balances
/// of what was paid for (each 0 or negative), in proportion; they sum to zero. A refund of all
/// that is left takes the remainder of each. `None` if that is less than the amount.
pub fn refund_postings(
    credits: &[Posting],
    account: LedgerAccount,
    amount_minor: i64,
) -> Option<Vec<Posting>> {
    let left: Vec<_> = credits.iter().map(|posting| -posting.amount_minor).collect();
    let whole = left.iter().try_fold(0_i64, |sum, minor| sum.checked_add(*minor))?;
    if !(1..=whole).contains(&amount_minor) {
        return None;
    }
    let shares = split(amount_minor, &left)?;
    let sides = credits.iter().map(|posting| posting.account.clone()).zip(shares);
    Some(to_postings(sides.chain([(account, -amount_minor)])))
}

fn to_postings(sides: impl IntoIterator<Item = (LedgerAccount, i64)>) -> Vec<Posting> {
    let moved = sides.into_iter().filter(|(_, minor)| *minor != 0);
    moved.map(|(account, amount_minor)| Posting { account, amount_minor }).collect()
}

/// A text that names no ledger account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an account")]
pub struct UnknownLedgerAccount;

impl FromStr for LedgerAccount {
    type Err = UnknownLedgerAccount;

    fn from_str(text: &str) -> Result<Self, UnknownLedgerAccount> {
        let (kind, rate) = match text.split_once(':') {
            Some((kind, rate)) => (kind, Some(rate.parse().map_err(|_| UnknownLedgerAccount)?)),
            None => (text, None),
        };
        match (kind, rate) {
            ("gateway", None) => Ok(Self::Gateway),
            ("till", None) => Ok(Self::Till),
            ("tips", None) => Ok(Self::Tips),
            ("sales", rate) => Ok(Self::Sales(rate)),
            ("delivery", rate) => Ok(Self::Delivery(rate)),
            ("tax", Some(rate)) => Ok(Self::Tax(rate)),
            _ => Err(UnknownLedgerAccount),
        }
    }
}

impl fmt::Display for LedgerAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Gateway => "gateway",
            Self::Till => "till",
            Self::Tips => "tips",
            Self::Sales(_) => "sales",
            Self::Delivery(_) => "delivery",
            Self::Tax(_) => "tax",
        };
        match self.rate() {
            Some(rate) => write!(f, "{kind}:{rate}"),
            None => f.write_str(kind),
        }
    }
}

/// A text that names no kind of ledger entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a kind of entry")]
pub struct UnknownLedgerEntry;

impl FromStr for LedgerEntry {
    type Err = UnknownLedgerEntry;

    fn from_str(text: &str) -> Result<Self, UnknownLedgerEntry> {
        match text {
            "capture" => Ok(Self::Capture),
            "collection" => Ok(Self::Collection),
            "refund" => Ok(Self::Refund),
            _ => {
                let key = text.strip_prefix("refund:").and_then(|key| key.parse().ok());
                key.map(Self::PartRefund).ok_or(UnknownLedgerEntry)
            }
        }
    }
}

impl fmt::Display for LedgerEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capture => f.write_str("capture"),
            Self::Collection => f.write_str("collection"),
            Self::Refund => f.write_str("refund"),
            Self::PartRefund(key) => write!(f, "refund:{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixtures;

    fn orders() -> Vec<Order> {
        let plain = [fixtures::order(1), fixtures::delivery(2), fixtures::rich_order()];
        let taxed = |prices| plain.clone().map(|order| fixtures::taxed(&order, prices));
        [taxed(Prices::Inclusive), taxed(Prices::Exclusive), plain.clone()].concat()
    }

    fn sum(postings: &[Posting]) -> i64 {
        postings.iter().map(|posting| posting.amount_minor).sum()
    }

    fn credits(postings: &[Posting]) -> Vec<Posting> {
        postings.iter().filter(|posting| !posting.account.holds_money()).cloned().collect()
    }

    fn of(postings: &[Posting], kind: &str) -> i64 {
        let named = |posting: &&Posting| posting.account.to_string().starts_with(kind);
        postings.iter().filter(named).map(|posting| posting.amount_minor).sum()
    }

    #[test]
    fn a_sale_comes_to_zero_and_has_its_taxes() {
        for order in orders() {
            let sale = sale_postings(&order, LedgerAccount::Gateway);
            assert_eq!(sum(&sale), 0);
            assert_eq!(of(&sale, "gateway"), order.totals.total_minor);
            let Some(tax) = &order.tax else { continue };
            for amount in &tax.amounts {
                let rate = &amount.rate.id;
                assert_eq!(of(&sale, &format!("tax:{rate}")), -amount.tax_minor);
                let net =
                    of(&sale, &format!("sales:{rate}")) + of(&sale, &format!("delivery:{rate}"));
                assert_eq!(net, -amount.net_minor, "{rate}");
            }
        }
    }

    proptest! {
        #[test]
        fn refunds_of_parts_come_to_the_whole(
            n in 0_usize..9, cuts in prop::collection::vec(1_i64..2_000, 0..6)
        ) {
            let order = orders().swap_remove(n);
            let mut balances = credits(&sale_postings(&order, LedgerAccount::Till));
            let mut left = order.totals.total_minor;
            for cut in cuts.into_iter().chain([i64::MAX]) {
                let amount = cut.min(left);
                prop_assert_eq!(refund_postings(&balances, LedgerAccount::Till, left + 1), None);
                prop_assert_eq!(refund_postings(&balances, LedgerAccount::Till, 0), None);
                if amount == 0 {
                    break;
                }
                let refund = refund_postings(&balances, LedgerAccount::Till, amount).unwrap();
                prop_assert_eq!(sum(&refund), 0);
                left -= amount;
                for balance in &mut balances {
                    let back = refund.iter().find(|posting| posting.account == balance.account);
                    balance.amount_minor += back.map_or(0, |posting| posting.amount_minor);
                    prop_assert!(balance.amount_minor <= 0, "no account gives more than it took");
                }
            }
            prop_assert_eq!((left, sum(&balances)), (0, 0));
        }
    }

    #[test]
    fn names_round_trip() {
        for text in ["gateway", "till", "tips", "sales", "sales:food", "delivery:food", "tax:food"]
        {
            assert_eq!(text.parse::<LedgerAccount>().unwrap().to_string(), text);
        }
        for text in ["tax", "till:food", "sales:", "sales:Food", ""] {
            assert!(text.parse::<LedgerAccount>().is_err(), "{text}");
        }
        for text in ["capture", "collection", "refund", "refund:re_1"] {
            assert_eq!(text.parse::<LedgerEntry>().unwrap().to_string(), text);
        }
        for text in ["", "refund:", "refund:a b", "Capture"] {
            assert!(text.parse::<LedgerEntry>().is_err(), "{text}");
        }
    }
}
