//! What the rules need from outside: named here, provided by adapters, faked in tests.
//!
//! Every port is asynchronous and answers [`Unavailable`] when the outside part does not. That is
//! never a decision about an order: the caller waits and asks again.

mod mail;
mod stock;
mod watch;

use std::future::Future;

use jiff::Timestamp;

use crate::{
    facts::{Fact, Summary},
    ids::{OrderId, RequestId, RestaurantId},
    kitchen::{Decision, Request},
    order::Order,
    payment::{Cancellation, IntentId, IntentState, Outcome, Payment, RefundId},
    status::{Standing, Status, StatusChange},
    text::PaymentMethod,
};

pub use mail::{Mail, MailError, MailKind, Mailer, SendLedger, UnknownMailKind};
pub use stock::StockBook;
pub use watch::{CatchUp, OrderWatch, Stand, Undecided, Waiting};

/// An outside part does not answer. Nothing is known to have changed; ask again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part} is not available: {reason}")]
pub struct Unavailable {
    /// Which part: `database`, `payment gateway`, `mail server`, `kafka`.
    pub part: &'static str,
    /// What was seen, for operators.
    pub reason: String,
}

impl Unavailable {
    /// The part is not available for a reason.
    pub fn new(part: &'static str, reason: impl std::fmt::Display) -> Self {
        Self { part, reason: reason.to_string() }
    }
}

/// The time of day.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

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
    /// enough, it takes none, and its row and status are `declined` as `out_of_stock` at once.
    fn begin(
        &self,
        order: &Order,
        at: Timestamp,
    ) -> impl Future<Output = Result<Payment, Unavailable>> + Send;

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
        outcome: &Outcome,
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

/// A change of an order's status with the order itself, where the event carried it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookEntry {
    /// The step.
    pub change: StatusChange,
    /// The order as it was placed.
    pub order: Option<Order>,
}

/// An order as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// Which order.
    pub order_id: OrderId,
    /// Where it stands.
    pub standing: Standing,
    /// The order as it was placed; `None` while only a status is known.
    pub order: Option<Order>,
    /// When each status was reached, by rank.
    pub history: Vec<(Status, Timestamp)>,
    /// The payment row, once there is one.
    pub payment: Option<Payment>,
}

/// The order book.
pub trait OrderBook: Send + Sync + 'static {
    /// Joins entries into the book; any order, any repetition gives the same book.
    fn record(
        &self,
        entries: Vec<BookEntry>,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Decides requests in the order given, each against the row as the ones before left it, and
    /// stores steps and answers in one transaction. A known request gets its first answer. What
    /// is asked of an order that is not known is not decided, and nothing is stored of it.
    fn decide(
        &self,
        requests: Vec<Request>,
    ) -> impl Future<Output = Result<Vec<(Decision, Option<Order>)>, Unavailable>> + Send;

    /// The answer to a request, once there is one.
    fn decision(
        &self,
        request: RequestId,
    ) -> impl Future<Output = Result<Option<Decision>, Unavailable>> + Send;

    /// Paid orders whose restaurant has not answered within its own time, with the moment at which
    /// that was over: the longest over first, and never more than `limit`. Orders that need no
    /// answer are not among them.
    fn unanswered(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(OrderId, Timestamp)>, Unavailable>> + Send;

    /// One order.
    fn read(
        &self,
        order: OrderId,
    ) -> impl Future<Output = Result<Option<OrderView>, Unavailable>> + Send;

    /// The orders a kitchen has to do with: confirmed and not yet final, oldest first, and never
    /// more than `limit`. Without a restaurant, of all.
    fn board(
        &self,
        restaurant: Option<&RestaurantId>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<OrderView>, Unavailable>> + Send;
}

/// Facts and their aggregates.
pub trait FactStore: Send + Sync + 'static {
    /// Stores facts that are not known and what they change, in one transaction; answers how many
    /// were new.
    fn record(&self, facts: Vec<Fact>) -> impl Future<Output = Result<u64, Unavailable>> + Send;

    /// The figures of one restaurant or of all, for confirmation times from `from` (inclusive) to
    /// `to` (exclusive), or of all time.
    fn summary(
        &self,
        restaurant: Option<&RestaurantId>,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> impl Future<Output = Result<Summary, Unavailable>> + Send;
}

/// How far a group is behind the log.
pub trait LagProbe: Send + Sync + 'static {
    /// Records written and not yet handled; `None` if that cannot be told now.
    fn lag_records(&self) -> impl Future<Output = Option<u64>> + Send;
}
