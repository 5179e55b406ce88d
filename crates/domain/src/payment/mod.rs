//! One charge per order: what to do next, given what the payment row says.

mod ledger;
mod refunds;
mod steps;
mod transitions;

use jiff::Timestamp;

use crate::{ids::OrderId, money::Money, names::names, order::Order, text::Note};

pub use ledger::{Account, Entry, Posting, postings};
pub use refunds::{RefundStep, refund_key, refund_step};
pub use steps::{BrokenRow, Conclusion, cancel_key, conclude, confirm_key, create_key, next_step};
pub use transitions::Happening;

names! {
    /// Where the money of an order is.
    PaymentState, UnknownPaymentState "is not a payment state" {
        /// An attempt is recorded; its end is not known yet.
        Pending "pending",
        /// The money was taken.
        Captured "captured",
        /// The gateway refused; no money moved.
        Declined "declined",
        /// The gateway did not answer; whether money moved has to be asked.
        Unknown "unknown",
        /// Called off before any money moved.
        Void "void",
        /// The money is to be given back.
        RefundPending "refund_pending",
        /// The money was given back.
        Refunded "refunded",
    }
}

names! {
    /// Why an order was not charged.
    DeclineReason, UnknownDeclineReason "is not a decline reason" {
        /// The bank refused the card.
        CardDeclined "card_declined",
        /// The bank says that the money is not there.
        InsufficientFunds "insufficient_funds",
        /// The bank wants the customer to authenticate, which this flow cannot ask for.
        AuthenticationRequired "authentication_required",
        /// The gateway does not know the payment method.
        InvalidPaymentMethod "invalid_payment_method",
        /// A dish ran out first.
        OutOfStock "out_of_stock",
        /// The payment stayed undecided for too long.
        PaymentTimeout "payment_timeout",
        /// Cancelled before it was charged.
        Cancelled "cancelled",
        /// A foreign writer priced the order, and not as the menu says.
        NotVerified "not_verified",
        /// A reason of a later release. It is read, never written.
        Other "other",
    }
}

/// The gateway's identifier of a refund (`re_…`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RefundId(pub String);

/// Money that was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The gateway's refund.
    pub id: RefundId,
    /// How much, in minor units of the order's currency.
    pub amount_minor: i64,
    /// When that was first known.
    pub at: Timestamp,
    /// Why the order was cancelled.
    pub reason: Note,
}

/// The gateway's identifier of a payment intent (`pi_…`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IntentId(pub String);

/// An order was called off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// When.
    pub at: Timestamp,
    /// Why, in the words of who did it.
    pub reason: Note,
}

/// The payment row of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Which order.
    pub order_id: OrderId,
    /// When the order of this row was placed: with the id, this tells the order from a later
    /// record of the same id, which is nobody's order.
    pub placed_at: Timestamp,
    /// What is to be charged.
    pub amount: Money,
    /// Where the money is.
    pub state: PaymentState,
    /// The gateway's intent, once one is stored. Only this one is ever confirmed.
    pub intent: Option<IntentId>,
    /// How often somebody set out to charge; 1 for the first.
    pub attempts: u32,
    /// When the outcome was first known.
    pub decided_at: Option<Timestamp>,
    /// Why it was declined.
    pub reason: Option<DeclineReason>,
    /// The order was called off, if it was; noted whatever the state.
    pub cancellation: Option<Cancellation>,
    /// How often somebody set out to give the money back; 1 for the first.
    pub refund_attempts: u32,
    /// The gateway's refund, once the money was given back.
    pub refund: Option<RefundId>,
    /// When that was first known.
    pub refunded_at: Option<Timestamp>,
    /// The digest of the record that the order came in; `None` for rows that were written before
    /// there was one, or without it.
    pub record_digest: Option<String>,
}

impl Payment {
    /// True if this is the payment of that order. A later record of the same id is no order,
    /// and differs in its time, its amount, or its digest.
    pub fn is_of(&self, order: &Order, digest: Option<&str>) -> bool {
        let known = self.record_digest.as_deref().zip(digest);
        self.placed_at == order.placed_at
            && self.amount == order.total()
            && known.is_none_or(|(ours, theirs)| ours == theirs)
    }
}

/// One attempt to charge an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The order.
    pub order: Order,
    /// The digest of the record that it came in, where that is known.
    pub record_digest: Option<String>,
    /// Why it is not to be charged at all, if it has no row yet.
    pub refused: Option<DeclineReason>,
    /// When.
    pub at: Timestamp,
}

/// What is to be done next for a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// No intent is stored: create one. It moves no money.
    Create,
    /// An intent is stored, and this attempt has just stored it: confirm it.
    Confirm(IntentId),
    /// An intent is stored by an earlier attempt whose end is not known: ask what became of it.
    Retrieve(IntentId),
    /// The order was called off before anything was asked of the gateway: leave it at that.
    Void,
    /// The order was called off, and an intent is stored whose end is not known: cancel it at the
    /// gateway, so that nobody can confirm it any more. If it was captured before, that is told.
    CallOff(IntentId),
    /// The outcome is known: publish it (again).
    Publish(ChargeOutcome),
}

/// The end of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// The whole amount was taken.
    Captured {
        /// The intent that took it; `payment_id` in events.
        intent: IntentId,
        /// When that was first known.
        at: Timestamp,
    },
    /// Nothing was taken.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// When that was first known.
        at: Timestamp,
    },
}

/// What the gateway says of an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntentState {
    /// Created, never confirmed: no money moved.
    Unconfirmed,
    /// The gateway is still working on it.
    Processing,
    /// Money was taken.
    Captured {
        /// How much.
        amount: Money,
    },
    /// Refused; no money moved.
    Declined(DeclineReason),
}
