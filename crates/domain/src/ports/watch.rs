//! What mails are based on: the state of an order and its payment, and undecided orders.

use std::future::Future;

use jiff::Timestamp;

use super::{MailKind, Unavailable};
use crate::{
    ids::OrderId,
    number::OrderNumber,
    order::Order,
    payment::{IntentId, PaymentState},
    status::Status,
};

/// The state of an order and its payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderSnapshot {
    /// The highest status, once the order book has the order.
    pub status: Option<Status>,
    /// The state of the payment, once there is a row.
    pub payment: Option<PaymentState>,
}

/// An order as placed, with what its payment row adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedOrder {
    /// The order.
    pub order: Order,
    /// The number by which people call it.
    pub number: Option<OrderNumber>,
    /// The gateway's intent.
    pub intent: Option<IntentId>,
}

/// Reads the state that a mail is based on, anew for each mail.
pub trait OrderWatch: Send + Sync + 'static {
    /// The state of an order and its payment.
    fn snapshot(
        &self,
        order: OrderId,
    ) -> impl Future<Output = Result<OrderSnapshot, Unavailable>> + Send;

    /// The order as placed; `None` until the order book has it.
    fn placed_order(
        &self,
        order: OrderId,
    ) -> impl Future<Output = Result<Option<PlacedOrder>, Unavailable>> + Send;
}

/// A query for orders whose payment has no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UndecidedQuery {
    /// Placed after this.
    pub after: Timestamp,
    /// Placed at this time or before.
    pub until: Timestamp,
    /// The current time, by which claims expire.
    pub now: Timestamp,
    /// Maximum number of results.
    pub limit: u32,
}

/// Orders with an undecided payment, and claims for mails about them.
///
/// A claim is a lease: until it expires, it keeps other instances from sending the same mail. If
/// the holder dies, the mail is only late.
pub trait UndecidedOrders: Send + Sync + 'static {
    /// Orders that are still `placed` and whose payment [fits](MailKind::fits) the kind of mail,
    /// oldest first, without those for which such a mail was sent or is claimed.
    fn undecided_orders(
        &self,
        kind: MailKind,
        which: UndecidedQuery,
    ) -> impl Future<Output = Result<Vec<Order>, Unavailable>> + Send;

    /// Claims a mail until a time, unless it was sent or is claimed at `now`. True if the claim
    /// succeeds.
    fn claim(
        &self,
        order: OrderId,
        kind: MailKind,
        now: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<bool, Unavailable>> + Send;
}

/// Whether the records that were in the log at the start of this process are handled.
pub trait CatchUp: Send + Sync + 'static {
    /// True once they are, and from then on, also while new records arrive.
    fn has_caught_up(&self) -> impl Future<Output = bool> + Send;
}
