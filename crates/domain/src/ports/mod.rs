//! What the rules need from outside: named here, provided by adapters, faked in tests.
//!
//! Every port is asynchronous and answers [`Unavailable`] when the outside part does not. That is
//! never a decision about an order: the caller waits and asks again.

mod changes;
mod mail;
mod payments;
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
    order::Order,
    payment::Payment,
    status::{Standing, Status, StatusChange},
    stock::StockLevel,
};

pub use changes::{ChangeBook, ChangesQuery, Known, Published, StockNote};
pub use mail::{Mail, MailError, MailKind, Mailer, SendLedger, UnknownMailKind};
pub use payments::{
    EventLog, GatewayError, GatewayEvent, GatewayEvents, News, NotTheGateways, PaymentBook,
    PaymentGateway,
};
pub use search::{OrderSearch, OrderSearchQuery, OrderText};
pub use staff::{
    AccountWrite, Answer, Credentials, Session, SessionKey, StaffBook, Subject, answer,
};
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

/// The clock as services hold it.
pub type SharedClock = Arc<dyn Clock>;

/// A change of an order's status with the order itself, where the event carried it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookEntry {
    /// The step.
    pub change: StatusChange,
    /// The order as it was placed.
    pub order: Option<Order>,
    /// The digest of the request that placed it, where the event carried that.
    pub request: Option<String>,
}

/// What is kept of the request that placed an order, to know it when it comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedBy {
    /// Its digest; `None` for orders from before digests were kept, and of writers who send none.
    pub digest: Option<String>,
    /// The order as it was placed; `None` while only a status is known.
    pub order: Option<Order>,
    /// What is charged, as far as it is known.
    pub total: Option<Money>,
}

/// One event of an order on its way: where it stands in the log, and when it was read there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Which order.
    pub order_id: OrderId,
    /// What the event told.
    pub status: Status,
    /// The topic's name.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// When the event was made.
    pub produced_at: Timestamp,
    /// When the order book read it first.
    pub seen_at: Timestamp,
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
    /// Joins entries into the book; any order, any repetition gives the same book. Beside them it
    /// keeps by which events they came: the first one of each status stays.
    fn keep(
        &self,
        entries: Vec<BookEntry>,
        hops: Vec<Hop>,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Joins entries of which nobody knows by which events they came.
    fn record(
        &self,
        entries: Vec<BookEntry>,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send {
        self.keep(entries, Vec::new())
    }

    /// The way of an order through the log, by rank of status.
    fn travel(&self, order: OrderId) -> impl Future<Output = Result<Vec<Hop>, Unavailable>> + Send;

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

    /// What is kept of the request that placed an order; `None` if the book has no such order.
    fn placed_by(
        &self,
        order: OrderId,
    ) -> impl Future<Output = Result<Option<PlacedBy>, Unavailable>> + Send;

    /// The orders a kitchen has to do with: confirmed and not yet final, oldest first, and never
    /// more than `limit`. Without a restaurant, of all.
    fn board(
        &self,
        restaurant: Option<&RestaurantId>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<OrderView>, Unavailable>> + Send;

    /// What was completed since a moment, latest first, and never more than `limit`. Without a
    /// restaurant, of all.
    fn handed_over(
        &self,
        restaurant: Option<&RestaurantId>,
        since: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<OrderView>, Unavailable>> + Send;
}

/// Facts and their aggregates.
pub trait FactStore: Send + Sync + 'static {
    /// Stores facts that are not known and what they change, in one transaction; answers how many
    /// were new.
    fn record(&self, facts: Vec<Fact>) -> impl Future<Output = Result<u64, Unavailable>> + Send;

    /// Stores levels that are newer than what is known, and changes that are not known.
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

    /// What a dashboard shows, all of it as of one moment.
    fn board(&self, ask: &FiguresQuery) -> impl Future<Output = Result<Board, Unavailable>> + Send;

    /// The orders behind a figure, the latest first.
    fn behind(
        &self,
        ask: &FactsQuery,
    ) -> impl Future<Output = Result<Vec<Fact>, Unavailable>> + Send;

    /// A number that is another one whenever figures have changed.
    fn pulse(&self) -> impl Future<Output = Result<i64, Unavailable>> + Send;
}

/// How far a group is behind the log.
pub trait LagProbe: Send + Sync + 'static {
    /// Records written and not yet handled; `None` if that cannot be told now.
    fn lag_records(&self) -> impl Future<Output = Option<u64>> + Send;
}
