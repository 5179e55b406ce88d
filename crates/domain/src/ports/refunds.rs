//! The refunds of parts of orders' money, and disputes.

use std::future::Future;

use jiff::Timestamp;

use super::Unavailable;
use crate::{
    ids::OrderId,
    payment::{
        Dispute, GatewayRefund, PartRefund, RefundEntry, RefundId, RefundKey, RefundRequest,
    },
};

/// The refunds of parts. Each change is one transaction with the sums of the payment row, so that
/// reservations and bookings never come to more than was taken.
pub trait RefundBook: Send + Sync + 'static {
    /// Stores a request and reserves its amount, or stores why it cannot be refunded; cash is
    /// booked at once. A stored request stays as it is, and an open one counts one more attempt.
    /// `None` if the order has no payment row or is not in the order book yet.
    fn reserve_refund(
        &self,
        request: &RefundRequest,
        at: Timestamp,
    ) -> impl Future<Output = Result<Option<RefundEntry>, Unavailable>> + Send;

    /// Books a refund of the gateway with its postings, once: on the row that it was made for, or
    /// on a new one. It is due at `due_at`, to be published. `None` as in [`Self::reserve_refund`],
    /// and for a refund of what was left of a cancelled order.
    fn book_refund(
        &self,
        order: OrderId,
        refund: &GatewayRefund,
        at: Timestamp,
        due_at: Option<Timestamp>,
    ) -> impl Future<Output = Result<Option<RefundEntry>, Unavailable>> + Send;

    /// Stores that an open refund is refused for good, and releases its amount; a booked one stays.
    /// `None` if there is no such refund.
    fn fail_refund(
        &self,
        order: OrderId,
        key: &RefundKey,
        reason: &str,
        at: Timestamp,
    ) -> impl Future<Output = Result<Option<RefundEntry>, Unavailable>> + Send;

    /// Those of the gateway's refunds that are booked, as parts or as the rest of cancelled orders.
    fn booked_refunds(
        &self,
        refunds: &[GatewayRefund],
    ) -> impl Future<Output = Result<Vec<RefundId>, Unavailable>> + Send;

    /// Booked refunds that are due to be published, the oldest first.
    fn due_refunds(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<RefundEntry>, Unavailable>> + Send;

    /// Sets that a refund is not due any more.
    fn record_published(
        &self,
        order: OrderId,
        key: &RefundKey,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Stores a dispute. The first one of each id stays.
    fn record_dispute(
        &self,
        order: OrderId,
        dispute: &Dispute,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;
}

/// What became of an order's money after it was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoneyBack {
    /// The refunds of parts, the oldest first.
    pub refunds: Vec<PartRefund>,
    /// The disputes, the oldest first.
    pub disputes: Vec<Dispute>,
}
