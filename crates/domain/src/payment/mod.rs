//! One charge per order: what to do next, given what the payment row says.

mod steps;

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use crate::{ids::OrderId, money::Money};

pub use steps::{BrokenRow, Conclusion, conclude, confirm_key, create_key, next_step};

macro_rules! names {
    ($(#[$top:meta])* $type:ident, $error:ident $message:literal { $($(#[$doc:meta])* $name:ident $text:literal),* $(,)? }) => {
        $(#[$top])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type {
            $($(#[$doc])* $name,)*
        }

        impl $type {
            /// Every value.
            pub const ALL: &[$type] = &[$($type::$name),*];

            /// The name in events and tables.
            pub const fn name(self) -> &'static str {
                match self { $($type::$name => $text,)* }
            }
        }

        #[doc = concat!("A text that names no [`", stringify!($type), "`].")]
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[error($message)]
        pub struct $error;

        impl FromStr for $type {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::ALL.iter().copied().find(|value| value.name() == text).ok_or($error)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

names! {
    /// Where the money of an order is.
    PaymentState, UnknownPaymentState "is not a payment state" {
        /// An attempt is recorded; its end is not known yet.
        Pending "pending",
        /// The money was taken.
        Captured "captured",
        /// The gateway refused; no money moved.
        Declined "declined",
        /// The gateway did not answer; whether money moved has to be asked.
        Unknown "unknown",
        /// Called off before any money moved.
        Void "void",
        /// The money is to be given back.
        RefundPending "refund_pending",
        /// The money was given back.
        Refunded "refunded",
    }
}

names! {
    /// Why an order was not charged.
    DeclineReason, UnknownDeclineReason "is not a decline reason" {
        /// The bank refused the card.
        CardDeclined "card_declined",
        /// The bank says that the money is not there.
        InsufficientFunds "insufficient_funds",
        /// The bank wants the customer to authenticate, which this flow cannot ask for.
        AuthenticationRequired "authentication_required",
        /// The gateway does not know the payment method.
        InvalidPaymentMethod "invalid_payment_method",
        /// A dish ran out first.
        OutOfStock "out_of_stock",
        /// The payment stayed undecided for too long.
        PaymentTimeout "payment_timeout",
        /// Cancelled before it was charged.
        Cancelled "cancelled",
    }
}

/// The gateway's identifier of a payment intent (`pi_…`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IntentId(pub String);

/// The payment row of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Which order.
    pub order_id: OrderId,
    /// When the order of this row was placed: with the id, this tells the order from a later
    /// record of the same id, which is nobody's order.
    pub placed_at: Timestamp,
    /// What is to be charged.
    pub amount: Money,
    /// Where the money is.
    pub state: PaymentState,
    /// The gateway's intent, once one is stored. Only this one is ever confirmed.
    pub intent: Option<IntentId>,
    /// How often somebody set out to charge; 1 for the first.
    pub attempts: u32,
    /// When the outcome was first known.
    pub decided_at: Option<Timestamp>,
    /// Why it was declined.
    pub reason: Option<DeclineReason>,
}

/// What is to be done next for a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// No intent is stored: create one. It moves no money.
    Create,
    /// An intent is stored, and this attempt has just stored it: confirm it.
    Confirm(IntentId),
    /// An intent is stored by an earlier attempt whose end is not known: ask what became of it.
    Retrieve(IntentId),
    /// The outcome is known: publish it (again).
    Publish(Outcome),
}

/// The end of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The whole amount was taken.
    Captured {
        /// The intent that took it; `payment_id` in events.
        intent: IntentId,
        /// When that was first known.
        at: Timestamp,
    },
    /// Nothing was taken.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// When that was first known.
        at: Timestamp,
    },
}

/// What the gateway says of an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntentState {
    /// Created, never confirmed: no money moved.
    Unconfirmed,
    /// The gateway is still working on it.
    Processing,
    /// Money was taken.
    Captured {
        /// How much.
        amount: Money,
    },
    /// Refused; no money moved.
    Declined(DeclineReason),
}
