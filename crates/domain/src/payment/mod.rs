//! One charge per order: the payment row, its states and the next step.

mod ledger;
mod refunds;
mod steps;
mod transitions;

use jiff::Timestamp;

use crate::{
    ids::OrderId, money::Money, names::names, number::OrderNumber, order::Order, text::Note,
};

pub use ledger::{LedgerAccount, LedgerEntry, Posting, postings};
pub use refunds::{RefundStep, refund_key, refund_step};
pub use steps::{BrokenRow, Conclusion, cancel_key, conclude, confirm_key, create_key, next_step};
pub use transitions::PaymentEvent;

names! {
    /// The state of a payment.
    PaymentState, UnknownPaymentState "is not a payment state" {
        /// An attempt is recorded; the outcome is not known yet.
        Pending "pending",
        /// The money was captured.
        Captured "captured",
        /// The gateway declined; no money moved.
        Declined "declined",
        /// The gateway did not respond; whether money moved must be asked.
        Unknown "unknown",
        /// Cancelled before any money moved.
        Void "void",
        /// A refund is due.
        RefundPending "refund_pending",
        /// The money was refunded.
        Refunded "refunded",
    }
}

names! {
    /// Why an order was not charged.
    DeclineReason, UnknownDeclineReason "is not a decline reason" {
        /// The bank declined the card.
        CardDeclined "card_declined",
        /// The bank reports insufficient funds.
        InsufficientFunds "insufficient_funds",
        /// The bank requires authentication, which this flow does not support.
        AuthenticationRequired "authentication_required",
        /// The gateway does not know the payment method.
        InvalidPaymentMethod "invalid_payment_method",
        /// A dish ran out before the payment.
        OutOfStock "out_of_stock",
        /// The payment stayed undecided for too long.
        PaymentTimeout "payment_timeout",
        /// Cancelled before it was charged.
        Cancelled "cancelled",
        /// An order priced by a foreign writer does not match the menu.
        NotVerified "not_verified",
        /// A reason of a later release. It is decoded, never written.
        Other "other",
    }
}

/// The gateway's identifier of a refund (`re_…`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RefundId(pub String);

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The gateway's identifier.
    pub id: RefundId,
    /// The amount, in minor units of the order's currency.
    pub amount_minor: i64,
    /// When it was first known.
    pub at: Timestamp,
    /// Why the order was cancelled.
    pub reason: Note,
}

/// The gateway's identifier of a payment intent (`pi_…`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IntentId(pub String);

/// The cancellation of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// When.
    pub at: Timestamp,
    /// The reason, as given by the person.
    pub reason: Note,
}

/// The payment row of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The order.
    pub order_id: OrderId,
    /// When the order was placed. With the id, this distinguishes the order from a later record
    /// with the same id, which is not an order.
    pub placed_at: Timestamp,
    /// The amount to charge.
    pub amount: Money,
    /// The state.
    pub state: PaymentState,
    /// The gateway's intent, once stored. No other one is ever confirmed.
    pub intent: Option<IntentId>,
    /// Number of attempts to charge; 1 for the first.
    pub attempts: u32,
    /// When the outcome was first known.
    pub decided_at: Option<Timestamp>,
    /// Why it was declined.
    pub reason: Option<DeclineReason>,
    /// The cancellation, if there was one; recorded in every state.
    pub cancellation: Option<Cancellation>,
    /// Number of attempts to refund; 1 for the first.
    pub refund_attempts: u32,
    /// The gateway's refund, once the money was refunded.
    pub refund: Option<RefundId>,
    /// When the refund was first known.
    pub refunded_at: Option<Timestamp>,
    /// The digest of the record that the order came in; `None` for rows from before digests were
    /// stored, and for orders without one.
    pub record_digest: Option<String>,
    /// The number by which people call the order. It is taken with the row; an order that was
    /// declined or cancelled before it could be charged has none.
    pub number: Option<OrderNumber>,
}

impl Payment {
    /// True if this is the payment of `order`. A later record with the same id differs in its time,
    /// its amount or its digest.
    pub fn belongs_to(&self, order: &Order, digest: Option<&str>) -> bool {
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
    /// The digest of the record that it came in, if known.
    pub record_digest: Option<String>,
    /// Why the order must not be charged, if it has no row yet.
    pub refused: Option<DeclineReason>,
    /// When the attempt was made.
    pub at: Timestamp,
}

/// The next step of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// No intent is stored: create one. This moves no money.
    Create,
    /// This attempt has just stored the intent: confirm it.
    Confirm(IntentId),
    /// An earlier attempt stored the intent and its outcome is unknown: retrieve it.
    Retrieve(IntentId),
    /// The order was cancelled before the gateway was called: set the payment to void.
    Void,
    /// The order was cancelled while the outcome of the stored intent is unknown: cancel the intent
    /// at the gateway, so that it cannot be confirmed any more. If it was captured before, the
    /// outcome is captured.
    CancelIntent(IntentId),
    /// The outcome is known: publish it, possibly again.
    Publish(ChargeOutcome),
}

/// The outcome of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// The whole amount was captured.
    Captured {
        /// The intent; `payment_id` in events.
        intent: IntentId,
        /// When this was first known.
        at: Timestamp,
    },
    /// Nothing was captured.
    Declined {
        /// The reason.
        reason: DeclineReason,
        /// When this was first known.
        at: Timestamp,
    },
}

/// The state of an intent at the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntentState {
    /// Created but not confirmed: no money moved.
    Unconfirmed,
    /// The gateway is still processing it.
    Processing,
    /// Money was captured.
    Captured {
        /// The amount.
        amount: Money,
    },
    /// Declined; no money moved.
    Declined(DeclineReason),
}
