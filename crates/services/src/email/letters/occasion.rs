//! Occasions for a mail.

use domain::{
    payment::{DeclineReason, Refund},
    ports::{MailKind, MailName},
};
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
        /// What was refunded in parts before, in minor units of the order's currency.
        returned_minor: i64,
    },
    /// Money was refunded: what was left of a cancelled order, or a part.
    Refunded(Box<Refund>),
    /// The payment is still being checked.
    Checking,
    /// The bank waits for the customer to authenticate.
    Authentication,
}

impl Occasion {
    /// The name of the mail for this occasion.
    pub fn name(&self) -> MailName {
        let part = match self {
            Self::Refunded(refund) => refund.part.clone(),
            _ => None,
        };
        MailName { kind: self.kind(), part }
    }

    /// The kind of mail for this occasion.
    pub const fn kind(&self) -> MailKind {
        match self {
            Self::Confirmed { .. } => MailKind::Confirmed,
            Self::Declined { .. } => MailKind::Declined,
            Self::Ready { .. } => MailKind::Ready,
            Self::OutForDelivery { .. } => MailKind::OnItsWay,
            Self::Cancelled { .. } => MailKind::Cancelled,
            Self::Refunded(_) => MailKind::Refunded,
            Self::Checking => MailKind::Checking,
            Self::Authentication => MailKind::Authentication,
        }
    }
}
