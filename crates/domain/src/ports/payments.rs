//! The payment gateway, and the stored payments.

use std::future::Future;

use jiff::Timestamp;

use super::{RefundBook, Unavailable};
use crate::{
    ids::OrderId,
    money::Money,
    names::names,
    order::Order,
    payment::{
        Attempt, Cancellation, ChargeOutcome, DeclineReason, Dispute, GatewayRefund, IntentId,
        IntentState, NextAction, Payment, RefundId, RefundKey,
    },
    payment_method::{CapturePoint, PaymentMethod},
};

/// A failed call of the gateway.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// Time-out, reset, 5xx or an invalid response: it may or may not have happened.
    #[error("the payment gateway's answer is not known: {0}")]
    Unknown(String),
    /// A permanent refusal, so it certainly did not happen: a wrong key or request, which a person
    /// must correct.
    #[error("the payment gateway refused: {0}")]
    Refused(String),
}

/// The payment gateway.
pub trait PaymentGateway: Send + Sync + 'static {
    /// Creates an unconfirmed intent, whose money is captured at `capture`; moves no money.
    fn create(
        &self,
        payment: &Payment,
        capture: CapturePoint,
        key: &str,
    ) -> impl Future<Output = Result<IntentId, GatewayError>> + Send;

    /// Confirms an intent that was created with the same `capture`; this moves or holds the money,
    /// unless the bank wants the customer to authenticate, who comes back to `return_url` then.
    fn confirm(
        &self,
        intent: &IntentId,
        method: &PaymentMethod,
        capture: CapturePoint,
        return_url: &str,
        key: &str,
    ) -> impl Future<Output = Result<IntentState, GatewayError>> + Send;

    /// The state of an intent.
    fn retrieve(
        &self,
        intent: &IntentId,
    ) -> impl Future<Output = Result<IntentState, GatewayError>> + Send;

    /// What the customer has to do for an intent.
    fn next_action(
        &self,
        intent: &IntentId,
    ) -> impl Future<Output = Result<NextAction, GatewayError>> + Send;

    /// Captures the money that the bank holds for an intent, and returns its state: one that is
    /// cancelled, or whose hold has lapsed, is never captured. An intent is captured once, however
    /// often it is asked for; so there is no idempotency key, under which a gateway would repeat its
    /// first failure.
    fn capture(
        &self,
        intent: &IntentId,
    ) -> impl Future<Output = Result<IntentState, GatewayError>> + Send;

    /// Cancels an intent, so that it can never be confirmed or captured, and returns its state: one
    /// that was captured before stays captured.
    fn cancel(
        &self,
        intent: &IntentId,
        key: &str,
    ) -> impl Future<Output = Result<IntentState, GatewayError>> + Send;

    /// Refunds an amount of an intent: for the request `part`, or what is left of a cancelled order.
    fn refund(
        &self,
        order: OrderId,
        intent: &IntentId,
        amount: Money,
        part: Option<&RefundKey>,
        key: &str,
    ) -> impl Future<Output = Result<GatewayRefund, GatewayError>> + Send;

    /// The refunds of an intent that have not failed.
    fn refunds_of(
        &self,
        intent: &IntentId,
    ) -> impl Future<Output = Result<Vec<GatewayRefund>, GatewayError>> + Send;

    /// The refunds since a time that have not failed.
    fn recent_refunds(
        &self,
        since: Timestamp,
    ) -> impl Future<Output = Result<Vec<GatewayRefund>, GatewayError>> + Send;

    /// The order that an intent was created for, if it was created here.
    fn order_of(
        &self,
        intent: &IntentId,
    ) -> impl Future<Output = Result<Option<OrderId>, GatewayError>> + Send;
}

names! {
    /// What becomes of the money of a confirmed order.
    PaymentProgress, UnknownPaymentProgress "is no progress of a payment" {
        /// The restaurant accepted: held money may be captured.
        Accepted "accepted",
        /// Held money can never be captured. Such a payment is due.
        CaptureFailed "capture_failed",
        /// Cash was collected.
        Collected "collected",
    }
}

/// The payment rows, with their refunds.
pub trait PaymentBook: RefundBook {
    /// Records an attempt before anything else happens, and returns the row: a new row with
    /// `attempts` 1, or the stored one, whose `attempts` is incremented if it is undecided.
    ///
    /// With a new row, the order reserves its pieces of every counted dish. If there are not
    /// enough, it reserves none, and its row and status are `declined` as `out_of_stock` at once.
    /// An order that may be charged takes the next number of its restaurant and business day in the
    /// same transaction, once. An order with `refused` is declined the same way and reserves nothing. An order that has a
    /// row was checked before and is not refused any more.
    fn record_attempt(
        &self,
        attempt: Attempt,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send;

    /// Records an attempt for an order that needs no check.
    fn begin(
        &self,
        order: &Order,
        at: Timestamp,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send {
        self.record_attempt(Attempt {
            order: order.clone(),
            record_digest: None,
            refused: None,
            at,
        })
    }

    /// Stores the intent if none is stored, and returns the row: its intent is the one to use.
    fn store_intent(
        &self,
        order_id: OrderId,
        intent: IntentId,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send;

    /// Sets the state to unknown, unless the outcome is known.
    fn mark_unknown(
        &self,
        order_id: OrderId,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Records why the intent of an open row is being cancelled at the gateway, and sets a pending
    /// one to unknown. The first reason stays, and each call counts as an attempt.
    fn mark_declining(
        &self,
        order_id: OrderId,
        reason: DeclineReason,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send;

    /// Stores the outcome with the order's status and the postings of a capture in one transaction,
    /// and returns the row: the outcome that was stored first stays. The order's pieces are then
    /// sold or released. A row that waited for its customer, and one that money arrives on after it
    /// was declined, become due.
    fn settle(
        &self,
        order: &Order,
        outcome: &ChargeOutcome,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send;

    /// Records that the order was cancelled, and returns the row as [`PaymentEvent::Cancelled`]
    /// leaves it. An order without a row gets one in state void. A row with a refund due counts one
    /// more attempt to refund.
    ///
    /// [`PaymentEvent::Cancelled`]: crate::payment::PaymentEvent::Cancelled
    fn record_cancellation(
        &self,
        order: &Order,
        cancellation: &Cancellation,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send;

    /// Records what becomes of the money, with the posting of collected cash, and returns the row;
    /// `None` if the order has none. The first time of each stays.
    fn record_progress(
        &self,
        order: &Order,
        progress: PaymentProgress,
        at: Timestamp,
    ) -> impl Future<Output = Result<Option<Payment>, Unavailable>> + Send;

    /// Stores the refund with its postings in one transaction, and returns the row: the refund that
    /// was stored first stays.
    fn settle_refund(
        &self,
        order: &Order,
        refund: RefundId,
        at: Timestamp,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send;
}

/// The payments that a timer must look at.
pub trait DuePayments: Send + Sync + 'static {
    /// The orders whose payments are due, the oldest first.
    fn due_payments(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(Payment, Order)>, Unavailable>> + Send;

    /// Sets when a due payment is looked at again, if at all. One that became due at another time
    /// since it was `seen` stays as it is, and one that waits for its customer stays due.
    fn reschedule(
        &self,
        seen: &Payment,
        next: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;
}

/// An event that the gateway sends unasked (a webhook).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayEvent {
    /// The gateway's identifier of the event; the same for repetitions.
    pub id: String,
    /// The order that its object refers to.
    pub order_id: Option<OrderId>,
    /// What happened.
    pub kind: GatewayEventKind,
}

/// The kind of a gateway event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayEventKind {
    /// An intent may have changed.
    Intent(IntentId),
    /// A refund was made.
    Refunded(GatewayRefund),
    /// Refunds of an intent were made.
    ChargeRefunded(IntentId),
    /// The customer asks the bank for money of an intent.
    Disputed(IntentId, Dispute),
    /// Nothing that matters here.
    Other,
}

/// A message that is not signed by the gateway, or is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidGatewayEvent(pub String);

/// Decodes messages of the gateway, and refuses any that it has not signed.
pub trait GatewayEvents: Send + Sync + 'static {
    /// The event in a message with this signature.
    fn decode_event(
        &self,
        signature: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<GatewayEvent, InvalidGatewayEvent>;
}

/// The gateway events that were handled, so that each is handled once.
pub trait GatewayEventLog: Send + Sync + 'static {
    /// The payment row of an order, with the order if known.
    fn payment(
        &self,
        order: OrderId,
    ) -> impl Future<Output = Result<Option<(Payment, Option<Order>)>, Unavailable>> + Send;

    /// True if the event was handled.
    fn is_handled(&self, event: &str) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// Records that an event was handled.
    fn record_handled(
        &self,
        event: &str,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;
}
