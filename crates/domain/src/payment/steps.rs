//! Decisions about charges: what the row and the gateway's response mean for the next step.

use jiff::Timestamp;

use super::{ChargeOutcome, IntentId, IntentState, Payment, PaymentState, Step};
use crate::{ids::OrderId, money::Money};

/// A payment row that contradicts itself; a person must correct it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payment row of order {0} says {1} but lacks its details")]
pub struct BrokenRow(pub(super) OrderId, pub(super) PaymentState);

/// The next step for a payment row. `fresh` is true if this attempt has stored the intent.
pub fn next_step(payment: &Payment, fresh: bool) -> Result<Step, BrokenRow> {
    let broken = || BrokenRow(payment.order_id, payment.state);
    let is_off = payment.cancellation.is_some();
    match (payment.state, &payment.intent) {
        (PaymentState::Pending | PaymentState::Unknown, None) if is_off => Ok(Step::Void),
        (PaymentState::Pending | PaymentState::Unknown, Some(intent)) if is_off => {
            Ok(Step::CancelIntent(intent.clone()))
        }
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
            Ok(Step::Publish(ChargeOutcome::Captured { intent: intent.clone(), at }))
        }
        (PaymentState::Declined | PaymentState::Void, _) => {
            let (reason, at) = payment.reason.zip(payment.decided_at).ok_or_else(broken)?;
            Ok(Step::Publish(ChargeOutcome::Declined { reason, at }))
        }
        (PaymentState::Captured | PaymentState::RefundPending | PaymentState::Refunded, None) => {
            Err(broken())
        }
    }
}

/// What an intent's state means for an order of `amount`.
///
/// A capture of a different amount is *unknown*: neither confirmed nor declined.
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
            Conclusion::Known(ChargeOutcome::Captured { intent: intent.clone(), at: now })
        }
        IntentState::Captured { amount: taken } => {
            Conclusion::Unknown(format!("the gateway took {taken} instead of {amount}"))
        }
        IntentState::Declined(reason) => {
            Conclusion::Known(ChargeOutcome::Declined { reason: *reason, at: now })
        }
    }
}

/// What is known after a response of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The outcome of the charge.
    Known(ChargeOutcome),
    /// No money moved: confirm the same intent again.
    ConfirmAgain,
    /// No outcome yet, with the reason; retrieve the intent again later.
    Unknown(String),
}

/// The idempotency key for creating the intent; creating moves no money.
pub fn create_key(payment: &Payment) -> String {
    numbered_key(format!("{}:create", payment.order_id), payment.attempts)
}

/// The idempotency key for confirming the intent.
///
/// The first attempt uses the plain key. A later attempt is made only after a retrieve has shown
/// that the intent is unconfirmed, so a new key cannot charge twice: an intent is captured once,
/// and under the old key the gateway may replay a stored failure for a day.
pub fn confirm_key(payment: &Payment) -> String {
    numbered_key(format!("{}:confirm", payment.order_id), payment.attempts)
}

/// The idempotency key for cancelling the intent; cancelling moves no money.
pub fn cancel_key(payment: &Payment) -> String {
    numbered_key(format!("{}:cancel", payment.order_id), payment.attempts)
}

pub(super) fn numbered_key(key: String, attempt: u32) -> String {
    if attempt <= 1 { key } else { format!("{key}:{attempt}") }
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::money::Currency;
    use crate::payment::{Cancellation, DeclineReason};

    pub(in crate::payment) fn row(state: PaymentState, intent: bool, decided: bool) -> Payment {
        Payment {
            order_id: OrderId(Uuid::nil()),
            placed_at: Timestamp::UNIX_EPOCH,
            amount: Money::new(2450, Currency::EUR),
            state,
            intent: intent.then(|| IntentId("pi_1".into())),
            attempts: 1,
            decided_at: decided.then_some(Timestamp::UNIX_EPOCH),
            reason: decided.then_some(DeclineReason::CardDeclined),
            cancellation: None,
            refund_attempts: 0,
            refund: None,
            refunded_at: None,
            record_digest: None,
            number: None,
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
    fn an_earlier_attempt_is_retrieved_before_it_is_confirmed() {
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
    fn a_row_without_its_details_is_an_error() {
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

    pub(in crate::payment) fn called_off(state: PaymentState, intent: bool) -> Payment {
        let reason = "No oven".parse().unwrap();
        let cancellation = Some(Cancellation { at: Timestamp::UNIX_EPOCH, reason });
        Payment { cancellation, ..row(state, intent, true) }
    }

    #[test]
    fn a_cancelled_order_is_never_confirmed() {
        let intent = IntentId("pi_1".into());
        for state in [PaymentState::Pending, PaymentState::Unknown] {
            for fresh in [true, false] {
                assert_eq!(next_step(&called_off(state, false), fresh), Ok(Step::Void));
                let step = next_step(&called_off(state, true), fresh);
                assert_eq!(step, Ok(Step::CancelIntent(intent.clone())));
            }
        }
    }
}
