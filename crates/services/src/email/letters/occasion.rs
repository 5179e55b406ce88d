//! What there is to tell.

use domain::{payment::DeclineReason, ports::MailKind};
use jiff::Timestamp;

/// Who called an order off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelledBy {
    /// The one who ordered.
    Customer,
    /// The one who cooks.
    Restaurant,
    /// The restaurant did not answer in time.
    TimeOut,
}

/// What there is to tell a customer of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Paid: the receipt.
    Confirmed {
        /// When.
        at: Timestamp,
        /// The gateway's intent that took the money: the reference that a bank asks for.
        payment_id: String,
    },
    /// Not paid, and so not placed; no money was taken.
    Declined {
        /// Why.
        reason: DeclineReason,
    },
    /// Cooked: to be collected, or waiting for the courier.
    Ready {
        /// Since when.
        at: Timestamp,
    },
    /// Given to the courier.
    OutForDelivery {
        /// When.
        at: Timestamp,
    },
    /// Called off after it was placed.
    Cancelled {
        /// By whom.
        by: CancelledBy,
        /// Why, in their words.
        reason: Option<String>,
        /// True if money was taken, which then goes back.
        paid: bool,
    },
    /// Money went back.
    Refunded {
        /// How much, in minor units of the order's currency.
        amount_minor: i64,
        /// When.
        at: Timestamp,
        /// The gateway's reference.
        refund_id: String,
    },
    /// Whether it is paid is still not known.
    Checking,
}

impl Occasion {
    /// The mail that tells it.
    pub const fn kind(&self) -> MailKind {
        match self {
            Self::Confirmed { .. } => MailKind::Confirmed,
            Self::Declined { .. } => MailKind::Declined,
            Self::Ready { .. } => MailKind::Ready,
            Self::OutForDelivery { .. } => MailKind::OnItsWay,
            Self::Cancelled { .. } => MailKind::Cancelled,
            Self::Refunded { .. } => MailKind::Refunded,
            Self::Checking => MailKind::Checking,
        }
    }
}
