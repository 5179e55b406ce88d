//! Occasions for a mail.

use domain::{
    kitchen::Requester,
    payment::{DeclineReason, PaymentState},
    ports::MailKind,
};
use jiff::Timestamp;

/// Who cancelled an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelledBy {
    /// The customer.
    Customer,
    /// The restaurant's staff.
    Restaurant,
    /// The timer: the restaurant did not respond in time.
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

/// The money of a cancelled order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderMoney {
    /// Not charged.
    Nothing,
    /// Charged; the refund is under way.
    GoesBack,
    /// Charged and refunded.
    WentBack,
    /// Not known: the charge is under way or may still begin, so the mail can promise neither a
    /// refund nor that nothing was charged.
    NotKnown,
}

impl From<Option<PaymentState>> for OrderMoney {
    fn from(state: Option<PaymentState>) -> Self {
        match state {
            Some(PaymentState::Captured | PaymentState::RefundPending) => Self::GoesBack,
            Some(PaymentState::Refunded) => Self::WentBack,
            Some(PaymentState::Declined | PaymentState::Void) => Self::Nothing,
            Some(PaymentState::Pending | PaymentState::Unknown) | None => Self::NotKnown,
        }
    }
}

/// News of an order that a customer gets a mail about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Confirmed: the receipt.
    Confirmed {
        /// Time of the charge.
        at: Timestamp,
        /// The gateway's payment intent: the reference that a bank asks for.
        payment_id: String,
    },
    /// Declined: not charged.
    Declined {
        /// The reason.
        reason: DeclineReason,
    },
    /// Ready to collect, or waiting for the courier.
    Ready {
        /// Time of the step.
        at: Timestamp,
    },
    /// Handed to the courier.
    OutForDelivery {
        /// Time of the step.
        at: Timestamp,
    },
    /// Cancelled after it was placed.
    Cancelled {
        /// Who cancelled it.
        by: CancelledBy,
        /// The reason in their words.
        reason: Option<String>,
        /// State of the money.
        paid: OrderMoney,
    },
    /// Refunded.
    Refunded {
        /// Amount, in minor units of the order's currency.
        amount_minor: i64,
        /// Time of the refund.
        at: Timestamp,
        /// The gateway's reference.
        refund_id: String,
    },
    /// The payment is still being checked.
    Checking,
}

impl Occasion {
    /// The kind of mail for this occasion.
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
