//! One charge per order: the payment row, its states and the next step.

mod capture;
mod ledger;
mod line_refunds;
mod part_refunds;
mod reasons;
mod refunds;
mod states;
mod steps;
mod transitions;

use std::fmt;

use jiff::Timestamp;

use crate::{
    ids::OrderId, money::Money, number::OrderNumber, order::Order, payment_method::MethodKind,
    text::Note,
};

pub use capture::{AfterAcceptance, Hold, after_acceptance, lapse_of};
pub use ledger::{
    LedgerAccount, LedgerEntry, Posting, UnknownLedgerAccount, UnknownLedgerEntry, refund_postings,
    sale_postings,
};
pub use line_refunds::returned_pieces;
pub use part_refunds::{
    GatewayRefund, LinePieces, NotRefundable, PartRefund, RefundEntry, RefundOutcome, RefundPart,
    RefundPurpose, RefundRequest, RefundSums, Refunder, UnknownRefunder, refund_amount,
};
pub use reasons::{DeclineReason, UnknownDeclineReason};
pub use refunds::{
    RefundKey, RefundStep, UnknownRefundKey, part_refund_key, refund_key, refund_step, rest_refund,
};
pub use states::{PaymentEvent, PaymentState, Returned, UnknownPaymentState};
pub use steps::{BrokenRow, Conclusion, cancel_key, conclude, confirm_key, create_key, next_step};

/// The gateway's identifier of a refund (`re_…`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RefundId(pub String);

/// The gateway's identifier of a dispute (`dp_…`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DisputeId(pub String);

/// A customer's request to the bank for money of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// The gateway's identifier.
    pub id: DisputeId,
    /// The amount.
    pub amount: Money,
    /// What the customer says, in the gateway's words: `fraudulent`, `product_not_received`.
    pub reason: String,
    /// When it was made.
    pub at: Timestamp,
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The gateway's identifier.
    pub id: RefundId,
    /// The amount, in minor units of the order's currency.
    pub amount_minor: i64,
    /// When it was first known.
    pub at: Timestamp,
    /// Why; of a cancelled order, why it was cancelled.
    pub reason: Note,
    /// What identifies a refund of a part; `None` if it returns what is left of a cancelled order.
    pub part: Option<RefundKey>,
    /// Who requested or made it; `None` in records of earlier releases, and if no person did.
    pub by: Option<Refunder>,
    /// All that was returned of the order then, in minor units; `None` in records of earlier
    /// releases, which refunded whole orders alone.
    pub refunded_total_minor: Option<i64>,
    /// The pieces that it is for, if it is for pieces.
    pub lines: Vec<LinePieces>,
}

impl Refund {
    /// A refund of all of an order's money, as earlier releases made it.
    pub const fn of_whole(id: RefundId, amount_minor: i64, at: Timestamp, reason: Note) -> Self {
        let (part, by, refunded_total_minor) = (None, None, None);
        Self { id, amount_minor, at, reason, part, by, refunded_total_minor, lines: Vec::new() }
    }
}

/// The gateway's identifier of a payment intent (`pi_…`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IntentId(pub String);

/// A bank's request that the customer authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// When it was first known.
    pub at: Timestamp,
    /// The end of the time for it.
    pub until: Timestamp,
}

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
    /// What it is paid with.
    pub method: MethodKind,
    /// The state.
    pub state: PaymentState,
    /// The gateway's intent, once stored. No other one is ever confirmed.
    pub intent: Option<IntentId>,
    /// Number of attempts to charge; 1 for the first.
    pub attempts: u32,
    /// When the outcome was first known.
    pub decided_at: Option<Timestamp>,
    /// Why it was declined. While it is open: why the intent is being cancelled at the gateway.
    pub reason: Option<DeclineReason>,
    /// When the bank first held the money, if it is captured at acceptance.
    pub hold: Option<Hold>,
    /// When the restaurant accepted, for money that is captured then.
    pub accepted_at: Option<Timestamp>,
    /// When it was first known that held money can never be captured.
    pub capture_failed_at: Option<Timestamp>,
    /// When the money was captured, if it was.
    pub captured_at: Option<Timestamp>,
    /// When the customer paid in cash.
    pub collected_at: Option<Timestamp>,
    /// The bank's first request for authentication.
    pub action: Option<Authentication>,
    /// When a timer must look at the row: at the end of the time for authentication, or as soon as
    /// possible to publish what was learnt outside of the consumer group.
    pub due_at: Option<Timestamp>,
    /// The cancellation, if there was one; recorded in every state.
    pub cancellation: Option<Cancellation>,
    /// Number of attempts to refund; 1 for the first.
    pub refund_attempts: u32,
    /// The sums of refunds of parts.
    pub parts: RefundSums,
    /// The gateway's refund of what was left when the order was cancelled.
    pub refund: Option<RefundId>,
    /// Its amount, in minor units; `None` for rows of earlier releases, which refunded the whole.
    pub refund_minor: Option<i64>,
    /// When that refund was first known.
    pub refunded_at: Option<Timestamp>,
    /// The digest of the record that the order came in; `None` for rows from before digests were
    /// stored, and for orders without one.
    pub record_digest: Option<String>,
    /// The number by which people call the order. It is taken with the row; an order that was
    /// declined or cancelled before it could be charged has none.
    pub number: Option<OrderNumber>,
}

impl Payment {
    /// The row of an order in a state, before the first attempt and without details.
    pub fn new(order: &Order, state: PaymentState) -> Self {
        Self {
            order_id: order.id,
            placed_at: order.placed_at,
            amount: order.total(),
            method: order.payment_method.kind(),
            state,
            intent: None,
            attempts: 0,
            decided_at: None,
            reason: None,
            hold: None,
            accepted_at: None,
            capture_failed_at: None,
            captured_at: None,
            collected_at: None,
            action: None,
            due_at: None,
            cancellation: None,
            refund_attempts: 0,
            parts: RefundSums::default(),
            refund: None,
            refund_minor: None,
            refunded_at: None,
            record_digest: None,
            number: None,
        }
    }

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

/// What is known of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// The customer must authenticate.
    ActionRequired {
        /// When this was first known.
        at: Timestamp,
        /// The end of the time for it.
        until: Timestamp,
    },
    /// The bank holds the whole amount.
    Authorized {
        /// The intent; `payment_id` in events.
        intent: IntentId,
        /// When the hold lapses, if the gateway says so.
        capture_before: Option<Timestamp>,
        /// When this was first known.
        at: Timestamp,
    },
    /// The whole amount is due in cash.
    Due {
        /// When this was first known.
        at: Timestamp,
    },
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

/// What a customer has to do to authenticate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextAction {
    /// Open this address of the bank.
    Redirect(String),
    /// Run the gateway's script with this secret.
    Script(ClientSecret),
    /// Nothing: the intent has this state.
    Nothing(IntentState),
}

/// The secret that lets a browser finish an intent. Debug output leaves it out, so that no log
/// shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(pub String);

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

/// The state of an intent at the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntentState {
    /// Created but not confirmed: no money moved.
    Unconfirmed,
    /// The gateway is still processing it.
    Processing,
    /// The bank holds money until it is captured.
    Authorized {
        /// The amount.
        amount: Money,
        /// When the hold lapses, if the gateway says so.
        capture_before: Option<Timestamp>,
    },
    /// Money was captured.
    Captured {
        /// The amount.
        amount: Money,
    },
    /// The bank wants the customer to authenticate.
    ActionRequired,
    /// The attempt was declined; no money moved. The intent can still be confirmed.
    Declined(DeclineReason),
    /// Cancelled; it can never be confirmed.
    Cancelled,
}
