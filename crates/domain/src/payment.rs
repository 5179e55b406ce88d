//! One charge per order: what to do next, given what the payment row says.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use crate::{ids::OrderId, money::Money};

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

/// A payment row that contradicts itself: a case for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payment row of order {0} says {1} but lacks its details")]
pub struct BrokenRow(OrderId, PaymentState);

/// The next step for a payment row. `fresh` is true if this very attempt stored the intent.
pub fn next_step(payment: &Payment, fresh: bool) -> Result<Step, BrokenRow> {
    let broken = || BrokenRow(payment.order_id, payment.state);
    match (payment.state, &payment.intent) {
        (PaymentState::Pending | PaymentState::Unknown, None) => Ok(Step::Create),
        (PaymentState::Pending, Some(intent)) if fresh => Ok(Step::Confirm(intent.clone())),
        (PaymentState::Pending | PaymentState::Unknown, Some(intent)) => {
            Ok(Step::Retrieve(intent.clone()))
        }
        (
            PaymentState::Captured | PaymentState::RefundPending | PaymentState::Refunded,
            Some(intent),
        ) => {
            let at = payment.decided_at.ok_or_else(broken)?;
            Ok(Step::Publish(Outcome::Captured { intent: intent.clone(), at }))
        }
        (PaymentState::Declined | PaymentState::Void, _) => {
            let (reason, at) = payment.reason.zip(payment.decided_at).ok_or_else(broken)?;
            Ok(Step::Publish(Outcome::Declined { reason, at }))
        }
        (PaymentState::Captured | PaymentState::RefundPending | PaymentState::Refunded, None) => {
            Err(broken())
        }
    }
}

/// What an intent's state means for an order of `amount`.
///
/// A capture of another amount than the order's is *unknown*: neither confirmed nor declined.
pub fn conclude(
    state: &IntentState,
    amount: Money,
    intent: &IntentId,
    now: Timestamp,
) -> Conclusion {
    match state {
        IntentState::Unconfirmed => Conclusion::ConfirmAgain,
        IntentState::Processing => Conclusion::Unknown("the gateway is still processing".into()),
        IntentState::Captured { amount: taken } if *taken == amount => {
            Conclusion::Known(Outcome::Captured { intent: intent.clone(), at: now })
        }
        IntentState::Captured { amount: taken } => {
            Conclusion::Unknown(format!("the gateway took {taken} instead of {amount}"))
        }
        IntentState::Declined(reason) => {
            Conclusion::Known(Outcome::Declined { reason: *reason, at: now })
        }
    }
}

/// What is known after the gateway spoke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The end of the charge.
    Known(Outcome),
    /// No money moved, the intent waits: confirm the same intent again.
    ConfirmAgain,
    /// Nothing can be said yet; ask again later.
    Unknown(String),
}

/// The idempotency key of creating the intent; creating moves no money.
pub fn create_key(payment: &Payment) -> String {
    numbered(format!("{}:create", payment.order_id), payment.attempts)
}

/// The idempotency key of confirming the intent.
///
/// The first attempt uses the plain key. Later attempts come only after a retrieve has said that
/// the intent is unconfirmed, so a new key cannot charge twice: one intent is captured once, and
/// the old key may hold a stored failure that the gateway would replay for a day.
pub fn confirm_key(payment: &Payment) -> String {
    numbered(format!("{}:confirm", payment.order_id), payment.attempts)
}

fn numbered(key: String, attempt: u32) -> String {
    if attempt <= 1 { key } else { format!("{key}:{attempt}") }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::money::Currency;

    fn row(state: PaymentState, intent: bool, decided: bool) -> Payment {
        Payment {
            order_id: OrderId(Uuid::nil()),
            placed_at: Timestamp::UNIX_EPOCH,
            amount: Money::new(2450, Currency::EUR),
            state,
            intent: intent.then(|| IntentId("pi_1".into())),
            attempts: 1,
            decided_at: decided.then_some(Timestamp::UNIX_EPOCH),
            reason: decided.then_some(DeclineReason::CardDeclined),
        }
    }

    #[test]
    fn a_stored_intent_is_never_replaced() {
        for state in PaymentState::ALL {
            for fresh in [true, false] {
                assert_ne!(next_step(&row(*state, true, true), fresh), Ok(Step::Create), "{state}");
            }
        }
    }

    #[test]
    fn a_known_outcome_is_published_and_nothing_else() {
        for state in [
            PaymentState::Captured,
            PaymentState::Declined,
            PaymentState::Refunded,
            PaymentState::Void,
        ] {
            assert!(
                matches!(next_step(&row(state, true, true), true), Ok(Step::Publish(_))),
                "{state}"
            );
        }
    }

    #[test]
    fn an_old_attempt_is_asked_about_before_it_is_confirmed() {
        let intent = IntentId("pi_1".into());
        assert_eq!(
            next_step(&row(PaymentState::Pending, true, false), true),
            Ok(Step::Confirm(intent.clone()))
        );
        assert_eq!(
            next_step(&row(PaymentState::Pending, true, false), false),
            Ok(Step::Retrieve(intent.clone()))
        );
        assert_eq!(
            next_step(&row(PaymentState::Unknown, true, false), true),
            Ok(Step::Retrieve(intent))
        );
    }

    #[test]
    fn another_amount_is_never_confirmed() {
        let (amount, intent) = (Money::new(2450, Currency::EUR), IntentId("pi_1".into()));
        for taken in [Money::new(2449, Currency::EUR), Money::new(2450, Currency::USD)] {
            let state = IntentState::Captured { amount: taken };
            assert!(matches!(
                conclude(&state, amount, &intent, Timestamp::UNIX_EPOCH),
                Conclusion::Unknown(_)
            ));
        }
    }

    #[test]
    fn a_row_without_its_details_is_a_case_for_a_person() {
        assert!(next_step(&row(PaymentState::Captured, false, true), true).is_err());
        assert!(next_step(&row(PaymentState::Declined, true, false), true).is_err());
    }

    #[test]
    fn keys_follow_the_attempt() {
        let mut payment = row(PaymentState::Pending, false, false);
        assert!(create_key(&payment).ends_with("0:create"));
        payment.attempts = 3;
        assert!(confirm_key(&payment).ends_with(":confirm:3"));
    }
}
