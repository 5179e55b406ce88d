//! Ports: traits that adapters implement and tests fake.
//!
//! Every port is asynchronous and returns [`Unavailable`] when the outside part does not respond.
//! That is never a decision about an order: the caller waits and retries.

mod books;
mod changes;
mod mail;
mod payments;
mod refunds;
mod search;
mod staff;
mod stock;
mod watch;

use std::{future::Future, sync::Arc};

use jiff::Timestamp;

use crate::{
    facts::{
        Fact, Restock, Scope, Summary,
        board::{Board, FactsQuery, FiguresQuery},
    },
    ids::{OrderId, RequestId, RestaurantId},
    kitchen::{Decision, Request},
    money::Money,
    number::OrderNumber,
    order::Order,
    payment::Payment,
    status::{OrderStanding, Status, StatusChange},
    stock::StockLevel,
};

pub use books::LedgerReader;
pub use changes::{ChangeBook, ChangesQuery, KnownVersion, Publication, StockNote};
pub use mail::{Mail, MailError, MailKind, Mailer, SendLedger, UnknownMailKind};
pub use payments::{
    DuePayments, GatewayError, GatewayEvent, GatewayEventKind, GatewayEventLog, GatewayEvents,
    InvalidGatewayEvent, PaymentBook, PaymentGateway, PaymentProgress, UnknownPaymentProgress,
};
pub use refunds::{MoneyBack, RefundBook};
pub use search::{OrderSearch, OrderSearchQuery, OrderText};
pub use staff::{
    AccountWrite, Credentials, Session, SessionKey, StaffBook, StaffFuture, Subject, box_future,
};
pub use stock::StockBook;
pub use watch::{CatchUp, OrderSnapshot, OrderWatch, PlacedOrder, UndecidedOrders, UndecidedQuery};

/// An outside part does not respond. Nothing is known to have changed; retry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part} is not available: {reason}")]
pub struct Unavailable {
    /// The part: `database`, `payment gateway`, `mail server`, `kafka`.
    pub part: &'static str,
    /// What was observed, for operators.
    pub reason: String,
}

impl Unavailable {
    /// An error for `part` with what was observed.
    pub fn new(part: &'static str, reason: impl std::fmt::Display) -> Self {
        Self { part, reason: reason.to_string() }
    }
}

/// The time of day.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The clock as services hold it.
pub type SharedClock = Arc<dyn Clock>;

/// A change of an order's status, with the order if the event contained it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookEntry {
    /// The step.
    pub change: StatusChange,
    /// The order as placed.
    pub order: Option<Order>,
    /// The digest of the request that placed it, if the event contained one.
    pub request: Option<String>,
}

/// The request that placed an order, for recognising a repetition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedBy {
    /// Its digest; `None` for orders from before digests were stored, and from writers that send
    /// none.
    pub digest: Option<String>,
    /// The order as placed; `None` while only a status is known.
    pub order: Option<Order>,
    /// The sum to charge, if known.
    pub total: Option<Money>,
}

/// One event of an order: its position in the log, and when the order book read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Which order.
    pub order_id: OrderId,
    /// The status in the event.
    pub status: Status,
    /// The topic's name.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// When the event was made.
    pub produced_at: Timestamp,
    /// When the order book first read it.
    pub seen_at: Timestamp,
}

/// An order with its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// Which order.
    pub order_id: OrderId,
    /// The state.
    pub standing: OrderStanding,
    /// The order as placed; `None` while only a status is known.
    pub order: Option<Order>,
    /// The time of each status, by rank.
    pub history: Vec<(Status, Timestamp)>,
    /// The payment row, once there is one.
    pub payment: Option<Payment>,
}

impl OrderView {
    /// The number by which people call the order; `None` until it is known.
    pub fn number(&self) -> Option<OrderNumber> {
        self.standing.number.or(self.payment.as_ref().and_then(|payment| payment.number))
    }
}

/// The order book.
pub trait OrderBook: Send + Sync + 'static {
    /// Joins entries into the book: any order and any repetition give the same book. Also stores
    /// the events that the entries came from; the first one of each status stays.
    fn record_with_hops(
        &self,
        entries: Vec<BookEntry>,
        hops: Vec<Hop>,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Joins entries whose events are not known.
    fn record(
        &self,
        entries: Vec<BookEntry>,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send {
        self.record_with_hops(entries, Vec::new())
    }

    /// The events of an order, by rank of status.
    fn travel(&self, order: OrderId) -> impl Future<Output = Result<Vec<Hop>, Unavailable>> + Send;

    /// Decides requests in the given order, each against the row as left by the previous ones, and
    /// stores steps and decisions in one transaction. A known request gets its stored decision. A
    /// request about an unknown order is not decided and not stored.
    fn decide(
        &self,
        requests: Vec<Request>,
    ) -> impl Future<Output = Result<Vec<(Decision, Option<Order>)>, Unavailable>> + Send;

    /// The decision about a request, once there is one.
    fn decision(
        &self,
        request: RequestId,
    ) -> impl Future<Output = Result<Option<Decision>, Unavailable>> + Send;

    /// Paid orders whose time limit for accepting has expired, with that time: longest expired
    /// first, at most `limit`. Orders that are accepted automatically are left out.
    fn unanswered(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(OrderId, Timestamp)>, Unavailable>> + Send;

    /// One order.
    fn read_order(
        &self,
        order: OrderId,
    ) -> impl Future<Output = Result<Option<OrderView>, Unavailable>> + Send;

    /// What became of an order's money after it was taken.
    fn money_back(
        &self,
        order: OrderId,
    ) -> impl Future<Output = Result<MoneyBack, Unavailable>> + Send;

    /// The request that placed an order; `None` if the book has no such order.
    fn placed_by(
        &self,
        order: OrderId,
    ) -> impl Future<Output = Result<Option<PlacedBy>, Unavailable>> + Send;

    /// Open orders of a kitchen: confirmed and not final, oldest first, at most `limit`. Without a
    /// restaurant, of all.
    fn board(
        &self,
        restaurant: Option<&RestaurantId>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<OrderView>, Unavailable>> + Send;

    /// Orders completed since a time, latest first, at most `limit`. Without a restaurant, of all.
    fn handed_over(
        &self,
        restaurant: Option<&RestaurantId>,
        since: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<OrderView>, Unavailable>> + Send;
}

/// Facts and their aggregates.
pub trait FactStore: Send + Sync + 'static {
    /// Stores new facts and what they add to the aggregates in one transaction; returns the number
    /// of new facts.
    fn record(&self, facts: Vec<Fact>) -> impl Future<Output = Result<u64, Unavailable>> + Send;

    /// Stores levels newer than the known ones, and changes that are not known.
    fn record_stock(
        &self,
        levels: Vec<StockLevel>,
        restocks: Vec<Restock>,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// The figures of one restaurant or of all, for confirmation times from `from` (inclusive) to
    /// `to` (exclusive), or of all time.
    fn summary(
        &self,
        scope: &Scope,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> impl Future<Output = Result<Summary, Unavailable>> + Send;

    /// The result of a dashboard query, as of one moment.
    fn board(&self, ask: &FiguresQuery) -> impl Future<Output = Result<Board, Unavailable>> + Send;

    /// The facts behind a figure, newest first.
    fn facts_behind(
        &self,
        ask: &FactsQuery,
    ) -> impl Future<Output = Result<Vec<Fact>, Unavailable>> + Send;

    /// A number that changes whenever the figures change.
    fn pulse(&self) -> impl Future<Output = Result<i64, Unavailable>> + Send;
}

/// The lag of a consumer group.
pub trait LagProbe: Send + Sync + 'static {
    /// Records written but not yet handled; `None` if unknown at the moment.
    fn lag_records(&self) -> impl Future<Output = Option<u64>> + Send;
}
