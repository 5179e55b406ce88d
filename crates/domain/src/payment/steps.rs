//! Decisions about charges: what the row and the gateway's response mean for the next step.

use jiff::Timestamp;

use super::{
    Authentication, ChargeOutcome, DeclineReason, Hold, IntentId, IntentState, Payment,
    PaymentState, Step,
};
use crate::{ids::OrderId, payment_method::MethodKind};

/// A payment row that contradicts itself; a person must correct it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payment row of order {0} says {1} but lacks its details")]
pub struct BrokenRow(pub(super) OrderId, pub(super) PaymentState);

/// The next step for a payment row. `fresh` is true if this attempt has stored the intent.
pub fn next_step(payment: &Payment, fresh: bool) -> Result<Step, BrokenRow> {
    let broken = || BrokenRow(payment.order_id, payment.state);
    if !payment.state.is_open() {
        return decided_outcome(payment).map(Step::Publish).ok_or_else(broken);
    }
    let is_off = payment.cancellation.is_some();
    match (payment.state, &payment.intent) {
        (_, None) if is_off => Ok(Step::Void),
        (_, Some(intent)) if is_off => Ok(Step::CancelIntent(intent.clone())),
        (PaymentState::ActionRequired, _) => {
            let Authentication { at, until } = payment.action.ok_or_else(broken)?;
            Ok(Step::Publish(ChargeOutcome::ActionRequired { at, until }))
        }
        (_, None) => Ok(Step::Create),
        (PaymentState::Pending, Some(intent)) if fresh => Ok(Step::Confirm(intent.clone())),
        (_, Some(intent)) => Ok(Step::Retrieve(intent.clone())),
    }
}

/// The outcome that was known first; a decided row keeps it, whatever becomes of the money later.
fn decided_outcome(payment: &Payment) -> Option<ChargeOutcome> {
    let at = payment.decided_at?;
    match payment.reason {
        Some(reason) => Some(ChargeOutcome::Declined { reason, at }),
        None if payment.method == MethodKind::Cash => Some(ChargeOutcome::Due { at }),
        None => {
            let intent = payment.intent.clone()?;
            match payment.hold {
                Some(Hold { capture_before, .. }) => {
                    Some(ChargeOutcome::Authorized { intent, capture_before, at })
                }
                None if payment.state.was_captured() => {
                    Some(ChargeOutcome::Captured { intent, at })
                }
                None => None,
            }
        }
    }
}

/// What an intent's state means for a payment. An authentication that starts now may take until
/// `action_until`.
///
/// A capture of a different amount is *unknown*: neither confirmed nor declined.
pub fn conclude(
    state: &IntentState,
    payment: &Payment,
    intent: &IntentId,
    now: Timestamp,
    action_until: Timestamp,
) -> Conclusion {
    let amount = payment.amount;
    match state {
        IntentState::Unconfirmed => Conclusion::ConfirmAgain,
        IntentState::Processing => Conclusion::Unknown("the gateway is still processing".into()),
        IntentState::ActionRequired => {
            Conclusion::Known(ChargeOutcome::ActionRequired { at: now, until: action_until })
        }
        // An order that was cancelled or declined is not confirmed any more.
        IntentState::Authorized { .. }
            if payment.cancellation.is_some() || payment.reason.is_some() =>
        {
            Conclusion::CancelIntent(payment.reason.unwrap_or(DeclineReason::Cancelled))
        }
        IntentState::Authorized { amount: held, capture_before } if *held == amount => {
            let (intent, capture_before) = (intent.clone(), *capture_before);
            Conclusion::Known(ChargeOutcome::Authorized { intent, capture_before, at: now })
        }
        IntentState::Authorized { amount: held, .. } => {
            Conclusion::Unknown(format!("the bank holds {held} instead of {amount}"))
        }
        IntentState::Captured { amount: taken } if *taken == amount => {
            Conclusion::Known(ChargeOutcome::Captured { intent: intent.clone(), at: now })
        }
        IntentState::Captured { amount: taken } => {
            Conclusion::Unknown(format!("the gateway took {taken} instead of {amount}"))
        }
        IntentState::Declined(reason) => Conclusion::CancelIntent(*reason),
        IntentState::Cancelled => {
            let ours = payment.reason.filter(|_| payment.cancellation.is_none());
            let reason = ours.unwrap_or(DeclineReason::Cancelled);
            Conclusion::Known(ChargeOutcome::Declined { reason, at: now })
        }
    }
}

/// What is known after a response of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The outcome of the charge.
    Known(ChargeOutcome),
    /// Declined for this reason. Cancel the intent before that is published: until then, it can
    /// be confirmed with another card.
    CancelIntent(DeclineReason),
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
    use super::*;
    use crate::fixtures;
    use crate::money::{Currency, Money};
    use crate::payment::Cancellation;

    pub(in crate::payment) fn row(state: PaymentState, intent: bool, decided: bool) -> Payment {
        let at = Some(Timestamp::UNIX_EPOCH);
        let waits = state == PaymentState::ActionRequired;
        Payment {
            intent: intent.then(|| IntentId("pi_1".into())),
            attempts: 1,
            decided_at: at.filter(|_| decided),
            reason: (decided && !state.was_captured()).then_some(DeclineReason::CardDeclined),
            action: at.filter(|_| waits).map(|at| Authentication { at, until: at }),
            due_at: at.filter(|_| waits),
            ..Payment::new(&fixtures::delivery(0), state)
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
        let payment = row(PaymentState::Pending, true, false);
        for taken in [Money::new(2449, Currency::EUR), Money::new(2450, Currency::USD)] {
            let state = IntentState::Captured { amount: taken };
            assert!(matches!(concluded(&state, &payment), Conclusion::Unknown(_)), "{taken}");
        }
    }

    fn concluded(state: &IntentState, payment: &Payment) -> Conclusion {
        let (intent, now) = (IntentId("pi_1".into()), Timestamp::UNIX_EPOCH);
        conclude(state, payment, &intent, now, now)
    }

    #[test]
    fn a_declined_intent_is_cancelled_before_that_is_published() {
        let mut payment = row(PaymentState::Pending, true, false);
        let reason = DeclineReason::InsufficientFunds;
        let declined = concluded(&IntentState::Declined(reason), &payment);
        assert_eq!(declined, Conclusion::CancelIntent(reason));
        payment.reason = Some(reason);
        let at = Timestamp::UNIX_EPOCH;
        let known = |reason| Conclusion::Known(ChargeOutcome::Declined { reason, at });
        assert_eq!(concluded(&IntentState::Cancelled, &payment), known(reason));
        payment.cancellation = called_off(PaymentState::Pending, true).cancellation;
        let cancelled = known(DeclineReason::Cancelled);
        assert_eq!(concluded(&IntentState::Cancelled, &payment), cancelled);
    }

    #[test]
    fn money_for_a_declined_order_does_not_confirm_it() {
        let mut payment = row(PaymentState::RefundPending, true, true);
        payment.reason = Some(DeclineReason::AuthenticationTimeout);
        let step = next_step(&payment, false);
        assert!(matches!(step, Ok(Step::Publish(ChargeOutcome::Declined { .. }))), "{step:?}");
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
        for state in PaymentState::ALL.iter().copied().filter(|state| state.is_open()) {
            for fresh in [true, false] {
                assert_eq!(next_step(&called_off(state, false), fresh), Ok(Step::Void));
                let step = next_step(&called_off(state, true), fresh);
                assert_eq!(step, Ok(Step::CancelIntent(intent.clone())));
            }
        }
    }
}
