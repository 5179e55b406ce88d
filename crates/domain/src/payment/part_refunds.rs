//! Refunds of parts of an order's money: what is requested, what is reserved, and what became of it.

use jiff::Timestamp;

use super::{
    IntentId, Payment, PaymentEvent, Refund, RefundId, RefundKey, Returned,
    line_refunds::lines_minor,
};
use crate::{
    ids::OrderId,
    kitchen::Requester,
    money::Money,
    names::names,
    order::Order,
    text::{Name, Note},
};

names! {
    /// The originator of a refund.
    Refunder, UnknownRefunder "must be kitchen, restaurant, customer, timer or gateway" {
        /// A person in the restaurant.
        Kitchen "kitchen",
        /// A rule of the restaurant.
        Restaurant "restaurant",
        /// The customer who placed the order.
        Customer "customer",
        /// An expired time limit.
        Timer "timer",
        /// A person at the payment gateway.
        Gateway "gateway",
    }
}

impl From<Requester> for Refunder {
    fn from(requester: Requester) -> Self {
        match requester {
            Requester::Kitchen => Self::Kitchen,
            Requester::Restaurant => Self::Restaurant,
            Requester::Customer => Self::Customer,
            Requester::Timer => Self::Timer,
        }
    }
}

/// Pieces of a line of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinePieces {
    /// The line, counted from 0.
    pub line: u32,
    /// Number of pieces.
    pub quantity: u32,
}

/// What a refund returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundPart {
    /// An amount, in minor units of the order's currency.
    Amount(i64),
    /// What these pieces cost, with their options and the tax that was added to them.
    Lines(Vec<LinePieces>),
}

impl RefundPart {
    /// The pieces; none if it is an amount.
    pub fn lines(&self) -> &[LinePieces] {
        match self {
            Self::Amount(_) => &[],
            Self::Lines(lines) => lines,
        }
    }
}

/// A request for a refund of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRequest {
    /// Identifies the refund: a repeated request is the same refund.
    pub key: RefundKey,
    /// The order.
    pub order_id: OrderId,
    /// What it returns.
    pub part: RefundPart,
    /// Why.
    pub reason: Note,
    /// Who requests it.
    pub by: Refunder,
    /// The name of the person, if known.
    pub person: Option<Name>,
    /// When it was requested.
    pub at: Timestamp,
}

/// A refund of a part of an order's money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartRefund {
    /// Identifies it within the order.
    pub key: RefundKey,
    /// The amount, in minor units of the order's currency.
    pub amount_minor: i64,
    /// The pieces that it is for; none if an amount was requested.
    pub lines: Vec<LinePieces>,
    /// Why.
    pub reason: Note,
    /// Who requested or made it.
    pub by: Refunder,
    /// The name of the person, if known.
    pub person: Option<Name>,
    /// When it was requested.
    pub requested_at: Timestamp,
    /// Number of attempts; 1 for the first.
    pub attempts: u32,
    /// What became of it.
    pub outcome: RefundOutcome,
}

/// What became of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundOutcome {
    /// Its amount is reserved, and the gateway may or may not have returned it.
    Reserved,
    /// It is returned.
    Booked {
        /// The gateway's refund; for cash, the key.
        id: RefundId,
        /// When that was first known.
        at: Timestamp,
        /// All that was returned of the order then, in minor units.
        refunded_total_minor: i64,
    },
    /// It is refused for good; nothing is reserved any more.
    Failed {
        /// Why, for staff.
        reason: String,
        /// When that was first known.
        at: Timestamp,
    },
}

impl PartRefund {
    /// The refund as it is published; `None` while it is not booked.
    pub fn published(&self) -> Option<Refund> {
        let RefundOutcome::Booked { id, at, refunded_total_minor } = &self.outcome else {
            return None;
        };
        Some(Refund {
            id: id.clone(),
            amount_minor: self.amount_minor,
            at: *at,
            reason: self.reason.clone(),
            part: Some(self.key.clone()),
            by: Some(self.by),
            refunded_total_minor: Some(*refunded_total_minor),
            lines: self.lines.clone(),
        })
    }
}

/// A refund with its order and payment row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundEntry {
    /// The order.
    pub order: Order,
    /// Its payment row.
    pub payment: Payment,
    /// The refund.
    pub refund: PartRefund,
}

/// The sums of the refunds of parts of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefundSums {
    /// Number of refunds, including those that failed.
    pub count: u32,
    /// Reserved, and neither booked nor failed, in minor units.
    pub reserved_minor: i64,
    /// Booked, in minor units.
    pub booked_minor: i64,
}

/// Why a refund cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRefundable {
    /// It is more than is left of what was taken.
    #[error("{asked} is more than is left of what was taken: {left}")]
    More {
        /// What the refund would return.
        asked: Money,
        /// What can still be returned.
        left: Money,
    },
    /// It is no amount that the gateway can return.
    #[error("must be a multiple of {step} and more than 0")]
    Amount {
        /// The smallest amount of the currency.
        step: Money,
    },
    /// The order has fewer pieces of a line, or fewer that are not refunded yet.
    #[error("line {line} has {left} pieces that can be refunded")]
    Pieces {
        /// The line, counted from 0.
        line: u32,
        /// How many pieces of it can still be refunded.
        left: u32,
    },
    /// It names no pieces.
    #[error("must name at least one line, and at least one piece of each")]
    Nothing,
}

impl Payment {
    /// What can still be returned, in minor units: what was taken without what is returned or
    /// reserved. Of an order that was cancelled or declined, everything is on its way back.
    pub fn refundable_minor(&self) -> i64 {
        if !self.is_taken() || self.returns_all() {
            return 0;
        }
        self.remainder_minor() - self.parts.reserved_minor
    }

    /// True if money was taken, whatever became of it later.
    pub const fn is_taken(&self) -> bool {
        self.captured_at.is_some() || self.collected_at.is_some()
    }

    /// What is left after the booked refunds of parts, in minor units.
    pub const fn remainder_minor(&self) -> i64 {
        self.amount.minor - self.parts.booked_minor
    }

    /// True if all of the money has to be returned.
    pub const fn returns_all(&self) -> bool {
        self.cancellation.is_some() || self.reason.is_some()
    }

    /// All that was returned so far, in minor units.
    pub fn refunded_minor(&self) -> i64 {
        let rest = self.refund.as_ref().map(|_| self.refund_minor.unwrap_or(self.amount.minor));
        self.parts.booked_minor + rest.unwrap_or(0)
    }
}

/// How a refund of a part moves the payment row.
impl Payment {
    /// The row with an amount reserved, in minor units.
    #[must_use]
    pub fn with_reserved(mut self, amount_minor: i64) -> Self {
        self.parts.reserved_minor += amount_minor;
        self.state = self.state.after(PaymentEvent::RefundRequested, self.returns_all());
        self
    }

    /// The row with an amount booked, in minor units, that may have been reserved before.
    #[must_use]
    pub fn with_booked(mut self, amount_minor: i64, was_reserved: bool) -> Self {
        self.parts.booked_minor += amount_minor;
        if was_reserved { self.with_released(amount_minor) } else { self.settled() }
    }

    /// The row with an amount not reserved any more, in minor units.
    #[must_use]
    pub fn with_released(mut self, amount_minor: i64) -> Self {
        self.parts.reserved_minor -= amount_minor;
        self.settled()
    }

    fn settled(mut self) -> Self {
        if self.parts.reserved_minor > 0 {
            return self;
        }
        let returned = match (self.remainder_minor(), self.parts.booked_minor) {
            (0, _) => Returned::All,
            (_, 0) => Returned::Nothing,
            _ => Returned::Part,
        };
        self.state = self.state.after(PaymentEvent::Refunded(returned), self.returns_all());
        self
    }
}

impl NotRefundable {
    /// What the refund would return, in minor units; 0 if that is not known.
    pub fn asked_minor(&self, part: &RefundPart) -> i64 {
        match (self, part) {
            (Self::More { asked, .. }, _) => asked.minor,
            (_, RefundPart::Amount(minor)) => (*minor).max(0),
            _ => 0,
        }
    }
}

/// A refund as the gateway has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayRefund {
    /// The gateway's identifier.
    pub id: RefundId,
    /// The refunded intent.
    pub intent: IntentId,
    /// The amount.
    pub amount: Money,
    /// What it was made for.
    pub purpose: RefundPurpose,
    /// The order, if the gateway says so.
    pub order_id: Option<OrderId>,
}

/// What a refund at the gateway was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundPurpose {
    /// For the request with this key.
    Part(RefundKey),
    /// To return what was left of a cancelled order.
    Rest,
    /// Not by us.
    Foreign,
}

impl GatewayRefund {
    /// The reason of a refund that was made at the gateway.
    pub const REASON: &str = "Refunded at the payment gateway";

    /// The key under which it is stored unless a row waits for it; `None` if it is no refund of a
    /// part.
    pub fn own_key(&self) -> Option<RefundKey> {
        match &self.purpose {
            RefundPurpose::Rest => None,
            // Ids of the gateway are keys.
            _ => self.id.0.parse().ok(),
        }
    }

    /// The row that it books: the one that it was made for, if that waits for this amount.
    pub fn row_to_book<'a>(&self, rows: &'a [PartRefund]) -> Option<&'a PartRefund> {
        let RefundPurpose::Part(key) = &self.purpose else { return None };
        let is_open = |row: &&PartRefund| !matches!(row.outcome, RefundOutcome::Booked { .. });
        let row = rows.iter().filter(is_open).find(|row| row.key == *key)?;
        (row.amount_minor == self.amount.minor).then_some(row)
    }

    /// The booked row of it, if there is one.
    pub fn booked_row<'a>(&self, rows: &'a [PartRefund]) -> Option<&'a PartRefund> {
        rows.iter()
            .find(|row| matches!(&row.outcome, RefundOutcome::Booked { id, .. } if *id == self.id))
    }
}

/// The amount of a refund, in minor units, beside the `earlier` ones of its order.
pub fn refund_amount(
    order: &Order,
    payment: &Payment,
    earlier: &[PartRefund],
    part: &RefundPart,
) -> Result<i64, NotRefundable> {
    let money = |minor| Money::new(minor, order.currency);
    let amount_minor = match part {
        RefundPart::Amount(minor) => *minor,
        RefundPart::Lines(lines) => lines_minor(order, earlier, lines)?,
    };
    let step_minor = order.currency.step_minor();
    if amount_minor < 1 || amount_minor % step_minor != 0 {
        return Err(NotRefundable::Amount { step: money(step_minor) });
    }
    let left_minor = payment.refundable_minor();
    if amount_minor > left_minor {
        return Err(NotRefundable::More { asked: money(amount_minor), left: money(left_minor) });
    }
    Ok(amount_minor)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        fixtures,
        payment::{PaymentState, RefundId},
        tax::Prices,
    };

    fn taken(order: &Order) -> Payment {
        let at = Some(Timestamp::UNIX_EPOCH);
        Payment { captured_at: at, ..Payment::new(order, PaymentState::Captured) }
    }

    fn booked(n: usize, amount_minor: i64, lines: &[LinePieces]) -> PartRefund {
        let (id, at) = (RefundId(format!("re_{n}")), Timestamp::UNIX_EPOCH);
        PartRefund {
            key: format!("key-{n}").parse().unwrap(),
            amount_minor,
            lines: lines.to_vec(),
            reason: "Cold".parse().unwrap(),
            by: Refunder::Kitchen,
            person: None,
            requested_at: at,
            attempts: 1,
            outcome: RefundOutcome::Booked { id, at, refunded_total_minor: amount_minor },
        }
    }

    fn left(order: &Order, minor: i64) -> NotRefundable {
        let money = |minor| Money::new(minor, order.currency);
        NotRefundable::More { asked: money(minor), left: money(minor - 1) }
    }

    #[test]
    fn no_more_than_was_taken_is_returned() {
        let order = fixtures::delivery(1);
        let mut payment = taken(&order);
        let amount = |payment: &Payment, minor| {
            refund_amount(&order, payment, &[], &RefundPart::Amount(minor))
        };
        assert_eq!(amount(&payment, 2450), Ok(2450));
        assert_eq!(amount(&payment, 2451), Err(left(&order, 2451)));
        payment.parts = RefundSums { count: 2, reserved_minor: 1000, booked_minor: 450 };
        assert_eq!(amount(&payment, 1000), Ok(1000));
        assert_eq!(amount(&payment, 1001), Err(left(&order, 1001)));
        for minor in [0, -1, i64::MIN] {
            let step = Money::new(1, order.currency);
            assert_eq!(amount(&payment, minor), Err(NotRefundable::Amount { step }));
        }
        let untaken = Payment { captured_at: None, ..payment.clone() };
        assert_eq!(amount(&untaken, 1), Err(left(&order, 1)));
        let reason = Some(crate::payment::DeclineReason::PaymentTimeout);
        assert_eq!(amount(&Payment { reason, ..payment }, 1), Err(left(&order, 1)));
    }

    #[test]
    fn lines_cost_what_the_customer_paid_for_them() {
        let one = |line| RefundPart::Lines(vec![LinePieces { line, quantity: 1 }]);
        let order = fixtures::rich_order();
        let of = |order: &Order, line| refund_amount(order, &taken(order), &[], &one(line));
        assert_eq!([of(&order, 0), of(&order, 1)], [Ok(1100), Ok(650)], "with options");
        let inclusive = fixtures::taxed(&order, Prices::Inclusive);
        assert_eq!([of(&inclusive, 0), of(&inclusive, 1)], [Ok(1100), Ok(650)]);
        let exclusive = fixtures::taxed(&order, Prices::Exclusive);
        assert_eq!([of(&exclusive, 0), of(&exclusive, 1)], [Ok(1210), Ok(793)], "and tax");
        let none = |line| Err(NotRefundable::Pieces { line, left: 0 });
        assert_eq!(of(&order, 2), none(2));
        let pieces = |quantity| RefundPart::Lines(vec![LinePieces { line: 0, quantity }; 2]);
        let twice = refund_amount(&order, &taken(&order), &[], &pieces(1));
        assert_eq!(twice, Ok(2200), "a line may be named twice");
        let more = refund_amount(&order, &taken(&order), &[], &pieces(2));
        assert_eq!(more, Err(NotRefundable::Pieces { line: 0, left: 2 }));
        for part in [RefundPart::Lines(vec![]), pieces(0)] {
            let nothing = refund_amount(&order, &taken(&order), &[], &part);
            assert_eq!(nothing, Err(NotRefundable::Nothing));
        }
    }

    #[test]
    fn pieces_are_refunded_once_and_those_that_failed_again() {
        let order = fixtures::rich_order();
        let pieces = [LinePieces { line: 1, quantity: 1 }];
        let part = RefundPart::Lines(pieces.to_vec());
        let mut first = booked(1, 650, &pieces);
        let again = refund_amount(&order, &taken(&order), &[first.clone()], &part);
        assert_eq!(again, Err(NotRefundable::Pieces { line: 1, left: 0 }));
        let (reason, at) = ("no".into(), Timestamp::UNIX_EPOCH);
        first.outcome = RefundOutcome::Failed { reason, at };
        assert_eq!(refund_amount(&order, &taken(&order), &[first], &part), Ok(650));
    }

    proptest! {
        /// Piece by piece, all lines come to all that they cost, whatever the order of refunds.
        #[test]
        fn all_pieces_come_to_the_whole(
            picks in prop::collection::vec((0_u32..2, 1_u32..3), 0..12), exclusive in any::<bool>()
        ) {
            let prices = if exclusive { Prices::Exclusive } else { Prices::Inclusive };
            let order = fixtures::taxed(&fixtures::rich_order(), prices);
            let mut payment = taken(&order);
            let mut earlier: Vec<PartRefund> = Vec::new();
            let rest = [(0, 1), (0, 1), (1, 1)];
            for (line, quantity) in picks.into_iter().chain(rest) {
                let pieces = [LinePieces { line, quantity }];
                let part = RefundPart::Lines(pieces.to_vec());
                if let Ok(minor) = refund_amount(&order, &payment, &earlier, &part) {
                    payment.parts.booked_minor += minor;
                    earlier.push(booked(earlier.len(), minor, &pieces));
                }
            }
            let tax = order.tax.as_ref().unwrap();
            let (tip, fee) = (order.totals.tip_minor, order.totals.delivery_fee_minor);
            let of_fee = if exclusive { fee * 12 / 100 } else { 0 };
            let dishes = order.totals.total_minor - tip - fee - of_fee;
            let off = payment.parts.booked_minor - dishes;
            // The share of the fee in the tax of each rate is rounded.
            prop_assert!(off.abs() <= i64::try_from(tax.amounts.len()).unwrap(), "{off}");
            prop_assert!(exclusive || off == 0);
        }
    }
}
