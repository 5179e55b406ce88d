//! What pieces of an order's lines cost.

use std::collections::BTreeMap;

use super::{LinePieces, NotRefundable, PartRefund, RefundOutcome};
use crate::{
    order::Order,
    tax::{Prices, split},
};

/// What the pieces cost, with their options and the tax that was added to them, in minor units.
/// Pieces that were refunded, or are about to be, are not refunded again.
pub(super) fn lines_minor(
    order: &Order,
    earlier: &[PartRefund],
    pieces: &[LinePieces],
) -> Result<i64, NotRefundable> {
    if pieces.is_empty() || pieces.iter().any(|pieces| pieces.quantity == 0) {
        return Err(NotRefundable::Nothing);
    }
    let wanted = by_line(pieces.iter().copied());
    let done = returned_pieces(earlier);
    let mut sum_minor = 0;
    for (line, quantity) in wanted {
        let known = usize::try_from(line).ok().and_then(|index| order.lines.get(index));
        let whole = known.map_or(0, |line| u64::from(line.quantity));
        let done = done.get(&line).copied().unwrap_or(0);
        let left = whole.saturating_sub(done);
        if quantity > left {
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            return Err(NotRefundable::Pieces { line, left });
        }
        let first = |pieces| first_pieces_minor(order, line, whole, pieces);
        sum_minor += first(done + quantity) - first(done);
    }
    Ok(sum_minor)
}

/// The pieces of each line that were refunded or are about to be.
pub fn returned_pieces(refunds: &[PartRefund]) -> BTreeMap<u32, u64> {
    let is_made = |refund: &&PartRefund| !matches!(refund.outcome, RefundOutcome::Failed { .. });
    by_line(refunds.iter().filter(is_made).flat_map(|refund| refund.lines.iter().copied()))
}

fn by_line(pieces: impl Iterator<Item = LinePieces>) -> BTreeMap<u32, u64> {
    let mut sums = BTreeMap::new();
    for LinePieces { line, quantity } in pieces {
        *sums.entry(line).or_default() += u64::from(quantity);
    }
    sums
}

/// What the first pieces of a line cost, of all `whole` ones. So the pieces come to the line,
/// however they are refunded.
fn first_pieces_minor(order: &Order, line: u32, whole: u64, pieces: u64) -> i64 {
    let Some(known) = usize::try_from(line).ok().and_then(|index| order.lines.get(index)) else {
        return 0;
    };
    let step = i128::from(order.currency.step_minor());
    let share = |minor: i64| {
        let exact = i128::from(minor) * i128::from(pieces) / i128::from(whole.max(1));
        // A share of an amount fits where the amount does.
        i64::try_from(exact - exact % step).unwrap_or(minor)
    };
    share(known.total_minor) + share(added_tax_minor(order, line))
}

/// The tax that was added to a line: its share of its rate's tax.
fn added_tax_minor(order: &Order, line: u32) -> i64 {
    let tax = order.tax.as_ref().filter(|tax| tax.prices == Prices::Exclusive);
    let index = usize::try_from(line).unwrap_or(usize::MAX);
    let rate = order.lines.get(index).and_then(|line| line.tax.as_ref());
    let Some((tax, rate)) = tax.zip(rate) else { return 0 };
    let Some(amount) = tax.amounts.iter().find(|amount| amount.rate.id == *rate) else { return 0 };
    let of_rate = |line: &crate::order::Line| {
        if line.tax.as_ref() == Some(rate) { line.total_minor } else { 0 }
    };
    let mut weights: Vec<_> = order.lines.iter().map(of_rate).collect();
    let dishes_minor: i64 = weights.iter().sum();
    // The rest is the delivery fee's.
    weights.push(amount.priced_minor(tax.prices) - dishes_minor);
    let shares = split(amount.tax_minor, &weights).unwrap_or_default();
    shares.get(index).copied().unwrap_or(0)
}
