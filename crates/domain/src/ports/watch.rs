//! What mails rest on: where an order and its money stand, and who waits for an answer.

use std::future::Future;

use jiff::Timestamp;

use super::{MailKind, Unavailable};
use crate::{ids::OrderId, order::Order, payment::PaymentState, status::Status};

/// Where an order and its money stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stand {
    /// The furthest status, once the order book knows the order.
    pub status: Option<Status>,
    /// Where the money is, once somebody set out to take it.
    pub payment: Option<PaymentState>,
}

/// Reads the state that a mail rests on, anew for each mail.
pub trait OrderWatch: Send + Sync + 'static {
    /// Where an order and its money stand.
    fn stand(&self, order: OrderId) -> impl Future<Output = Result<Stand, Unavailable>> + Send;
}

/// Orders whose payment has no outcome, in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Placed after this.
    pub after: Timestamp,
    /// Placed at this time or before.
    pub until: Timestamp,
    /// The time by which a claim counts or has run out.
    pub now: Timestamp,
    /// Never more than so many.
    pub limit: u32,
}

/// Who waits for an answer, and which of many instances writes to them.
///
/// A claim is a lease: it keeps others from sending the same mail until it runs out. Whoever dies
/// with a claim only makes the mail late.
pub trait Undecided: Send + Sync + 'static {
    /// Orders that are still `placed`, oldest first, without those to which a mail of this kind
    /// was sent or is claimed.
    fn waiting(
        &self,
        kind: MailKind,
        which: Waiting,
    ) -> impl Future<Output = Result<Vec<Order>, Unavailable>> + Send;

    /// Claims a mail until a time, unless it was sent or somebody has a claim at `now`. True if the
    /// claim is the caller's.
    fn claim(
        &self,
        order: OrderId,
        kind: MailKind,
        now: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<bool, Unavailable>> + Send;
}

/// Whether what was in the log when this process began has been done.
pub trait CatchUp: Send + Sync + 'static {
    /// True once it has, and from then on; also while new records keep coming.
    fn has_caught_up(&self) -> impl Future<Output = bool> + Send;
}
