//! The payment gateway, and what is remembered of payments.

use std::future::Future;

use jiff::Timestamp;

use super::Unavailable;
use crate::{
    ids::OrderId,
    order::Order,
    payment::{Attempt, Cancellation, ChargeOutcome, IntentId, IntentState, Payment, RefundId},
    text::PaymentMethod,
};

/// A gateway call that did not end well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// Time-out, reset, 5xx, or an answer that makes no sense: it may or may not have happened.
    #[error("the payment gateway's answer is not known: {0}")]
    Unknown(String),
    /// The gateway understood and refused for good, so it certainly did not happen: a wrong key or
    /// request, which a person must mend.
    #[error("the payment gateway refused: {0}")]
    Refused(String),
}

/// Charges money.
pub trait PaymentGateway: Send + Sync + 'static {
    /// Creates an unconfirmed intent; moves no money.
    fn create(
        &self,
        payment: &Payment,
        key: &str,
    ) -> impl Future<Output = Result<IntentId, GatewayError>> + Send;

    /// Confirms an intent: this moves the money.
    fn confirm(
        &self,
        intent: &IntentId,
        method: &PaymentMethod,
        key: &str,
    ) -> impl Future<Output = Result<IntentState, GatewayError>> + Send;

    /// Asks what became of an intent.
    fn retrieve(
        &self,
        intent: &IntentId,
    ) -> impl Future<Output = Result<IntentState, GatewayError>> + Send;

    /// Cancels an intent, so that it can never be confirmed, and answers where it stands: one that
    /// was captured before stays captured.
    fn cancel(
        &self,
        intent: &IntentId,
        key: &str,
    ) -> impl Future<Output = Result<IntentState, GatewayError>> + Send;

    /// Gives all the money of an intent back.
    fn refund(
        &self,
        payment: &Payment,
        intent: &IntentId,
        key: &str,
    ) -> impl Future<Output = Result<RefundId, GatewayError>> + Send;

    /// The refund of an intent, if there is one.
    fn find_refund(
        &self,
        intent: &IntentId,
    ) -> impl Future<Output = Result<Option<RefundId>, GatewayError>> + Send;
}

/// The payment rows.
pub trait PaymentBook: Send + Sync + 'static {
    /// Records an attempt before anything else happens, and answers the row as it now is: a new
    /// row with `attempts` 1, or the stored one, whose `attempts` is raised if it is undecided.
    ///
    /// With a new row, the order takes its pieces of every counted dish; where there are not
    /// enough, it takes none, and its row and status are `declined` as `out_of_stock` at once. So
    /// are those of an order that is refused: it takes nothing. An order that has a row was looked
    /// at before, and is refused no more.
    fn attempt(
        &self,
        attempt: Attempt,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send;

    /// Records an attempt at an order that is known to be one.
    fn begin(
        &self,
        order: &Order,
        at: Timestamp,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send {
        self.attempt(Attempt { order: order.clone(), record_digest: None, refused: None, at })
    }

    /// Stores the intent if none is stored, and answers the row: its intent is the one to use.
    fn store_intent(
        &self,
        order_id: OrderId,
        intent: IntentId,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send;

    /// Notes that the outcome is not known, unless it is.
    fn mark_unknown(
        &self,
        order_id: OrderId,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Stores the outcome with the order's status and the postings of a capture in one
    /// transaction, and answers the row: the outcome that was stored first stays.
    /// Stores the outcome with the order's status in one transaction, and answers the row: the
    /// outcome that was stored first stays. What the order took is sold, or given back.
    fn settle(
        &self,
        order: &Order,
        outcome: &ChargeOutcome,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send;

    /// Notes that the order was called off, and answers the row as [`Happening::Cancelled`] leaves
    /// it. An order that nobody has tried to charge gets a row that is void. A row whose money is
    /// to be given back counts one more attempt at that.
    ///
    /// [`Happening::Cancelled`]: crate::payment::Happening::Cancelled
    fn call_off(
        &self,
        order: &Order,
        cancellation: &Cancellation,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send;

    /// Stores that the money was given back, with the postings of that, in one transaction, and
    /// answers the row: the refund that was stored first stays.
    fn settle_refund(
        &self,
        order: &Order,
        refund: RefundId,
        at: Timestamp,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send;
}

/// What a gateway tells by itself, beside what it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayEvent {
    /// The gateway's identifier of the event; the same when it is told again.
    pub id: String,
    /// The order that its object says it is for.
    pub order_id: Option<OrderId>,
    /// What it tells.
    pub news: News,
}

/// The news of a gateway's event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Where an intent stands.
    Intent(IntentId, IntentState),
    /// An intent's money was given back.
    Refunded(IntentId, RefundId),
    /// Nothing that we act on.
    Other,
}

/// A message that is not the gateway's, or that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotTheGateways(pub String);

/// Reads what a gateway sends, and believes nothing that it has not signed.
pub trait GatewayEvents: Send + Sync + 'static {
    /// The event in a message with this signature.
    fn read(
        &self,
        signature: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<GatewayEvent, NotTheGateways>;
}

/// The gateway's events that were acted upon, so that each is once.
pub trait EventLog: Send + Sync + 'static {
    /// The payment row that an event is about, with its order where that is known.
    fn payment(
        &self,
        order: OrderId,
    ) -> impl Future<Output = Result<Option<(Payment, Option<Order>)>, Unavailable>> + Send;

    /// True if the event was acted upon.
    fn is_done(&self, event: &str) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// Records that an event was acted upon.
    fn record_done(
        &self,
        event: &str,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;
}
