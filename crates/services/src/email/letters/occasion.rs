//! Occasions for a mail.

use domain::{payment::DeclineReason, ports::MailKind};
use jiff::Timestamp;
use ui::letters::{CancelledBy, OrderMoney, Settlement};

/// News of an order that a customer gets a mail about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Confirmed: the receipt, if the money was taken.
    Confirmed {
        /// Time of the charge.
        at: Timestamp,
        /// The gateway's payment intent: the reference that a bank asks for.
        payment_id: String,
        /// How far it is paid.
        settlement: Settlement,
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
        /// How far it is paid.
        settlement: Settlement,
    },
    /// Handed to the courier.
    OutForDelivery {
        /// Time of the step.
        at: Timestamp,
        /// How far it is paid.
        settlement: Settlement,
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
    /// Paid after it was confirmed: the receipt.
    Paid {
        /// When the money was captured or collected.
        at: Timestamp,
        /// The gateway's payment intent; `None` for cash.
        payment_id: Option<String>,
    },
    /// The payment is still being checked.
    Checking,
    /// The bank waits for the customer to authenticate.
    Authentication,
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
            Self::Paid { .. } => MailKind::Receipt,
            Self::Checking => MailKind::Checking,
            Self::Authentication => MailKind::Authentication,
        }
    }
}
