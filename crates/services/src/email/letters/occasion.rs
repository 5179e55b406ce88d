//! What there is to tell.

use domain::{
    kitchen::Requester,
    payment::{DeclineReason, PaymentState},
    ports::MailKind,
};
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

impl From<Requester> for CancelledBy {
    fn from(by: Requester) -> Self {
        match by {
            Requester::Customer => Self::Customer,
            Requester::Kitchen | Requester::Restaurant => Self::Restaurant,
            Requester::Timer => Self::TimeOut,
        }
    }
}

/// What has become of the money of an order that was called off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paid {
    /// It was not taken.
    Nothing,
    /// It was taken, and goes back.
    GoesBack,
    /// It was taken, and went back.
    WentBack,
    /// Whether it was taken is not known: a charge is under way, or was never begun, and may yet
    /// be. Neither a refund nor that nothing was taken can be promised.
    NotKnown,
}

impl From<Option<PaymentState>> for Paid {
    fn from(state: Option<PaymentState>) -> Self {
        match state {
            Some(PaymentState::Captured | PaymentState::RefundPending) => Self::GoesBack,
            Some(PaymentState::Refunded) => Self::WentBack,
            Some(PaymentState::Declined | PaymentState::Void) => Self::Nothing,
            Some(PaymentState::Pending | PaymentState::Unknown) | None => Self::NotKnown,
        }
    }
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
        /// What becomes of the money.
        paid: Paid,
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
