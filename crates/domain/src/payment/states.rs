//! The states of a payment, and the events that move it.

use super::DeclineReason;
use crate::names::names;

names! {
    /// The state of a payment.
    PaymentState, UnknownPaymentState "is not a payment state" {
        /// An attempt is recorded; the outcome is not known yet.
        Pending "pending",
        /// The bank wants the customer to authenticate; no money moved.
        ActionRequired "action_required",
        /// The gateway did not respond; whether money moved must be asked.
        Unknown "unknown",
        /// The bank holds the money for us; it is captured when the order is accepted.
        Authorized "authorized",
        /// The money was captured.
        Captured "captured",
        /// A refund is due.
        RefundPending "refund_pending",
        /// A part of the money was refunded.
        PartlyRefunded "partly_refunded",
        /// All of the money was refunded.
        Refunded "refunded",
        /// To be paid in cash at hand-over.
        Due "due",
        /// Paid in cash.
        Collected "collected",
        /// The gateway declined; no money moved.
        Declined "declined",
        /// Cancelled before any money moved.
        Void "void",
    }
}

impl PaymentState {
    /// True while the outcome of the charge is not known.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::ActionRequired | Self::Unknown)
    }

    /// True if the gateway captured money, including when it was refunded later. Cash that was
    /// refunded counts, too.
    pub const fn was_captured(self) -> bool {
        matches!(self, Self::Captured | Self::RefundPending | Self::PartlyRefunded | Self::Refunded)
    }
}

/// An event in the life of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentEvent {
    /// The bank wants the customer to authenticate.
    ActionRequired,
    /// The bank holds the money.
    Authorized,
    /// The gateway captured the money.
    Captured,
    /// No money moved, for this reason; or the hold was released.
    Refused(DeclineReason),
    /// The gateway's response was lost.
    Unknown,
    /// The order was cancelled.
    Cancelled,
    /// The customer paid in cash.
    Collected,
    /// A refund of a part was requested.
    RefundRequested,
    /// No requested refund is outstanding any more.
    Refunded(Returned),
}

/// How much of the money that was taken has been returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Nothing: the refund failed.
    Nothing,
    /// A part of it.
    Part,
    /// All of it.
    All,
}
