//! The decisions about money that is given back: what the row of a cancelled order means.

use jiff::Timestamp;

use super::{BrokenRow, IntentId, Payment, PaymentState, Refund, steps::numbered};

/// The idempotency key of giving the money back.
///
/// Later attempts come only after the gateway has said that it knows of no refund of this intent;
/// a refund of the whole is possible once, so a new key cannot give the money back twice.
pub fn refund_key(payment: &Payment) -> String {
    numbered(format!("{}:refund", payment.order_id), payment.refund_attempts)
}

/// What is to be done for an order that was called off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundStep {
    /// The charge has no end yet: whoever works on it finds the note. Look again later.
    Wait,
    /// No money was taken before the order was called off: tell that (again).
    TellVoid {
        /// When that was first known.
        at: Timestamp,
    },
    /// The charge failed by itself: nothing is to be done.
    Nothing,
    /// This is the first attempt: give it back.
    GiveBack(IntentId),
    /// An earlier attempt did not learn its end: ask the gateway before giving anything back.
    AskFirst(IntentId),
    /// The money was given back: tell it (again).
    Tell(Refund),
}

/// The next step for a payment row on which a cancellation is noted.
pub fn refund_step(payment: &Payment) -> Result<RefundStep, BrokenRow> {
    let broken = || BrokenRow(payment.order_id, payment.state);
    match payment.state {
        PaymentState::Pending | PaymentState::Unknown => Ok(RefundStep::Wait),
        PaymentState::Declined => Ok(RefundStep::Nothing),
        PaymentState::Void => {
            Ok(RefundStep::TellVoid { at: payment.decided_at.ok_or_else(broken)? })
        }
        PaymentState::RefundPending => {
            let intent = payment.intent.clone().ok_or_else(broken)?;
            let first = payment.refund_attempts <= 1;
            Ok(if first { RefundStep::GiveBack(intent) } else { RefundStep::AskFirst(intent) })
        }
        PaymentState::Refunded => {
            let (id, at) = payment.refund.clone().zip(payment.refunded_at).ok_or_else(broken)?;
            let reason = payment.cancellation.as_ref().ok_or_else(broken)?.reason.clone();
            let amount_minor = payment.amount.minor;
            Ok(RefundStep::Tell(Refund { id, amount_minor, at, reason }))
        }
        // Noting a cancellation moves it on.
        PaymentState::Captured => Err(broken()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::{RefundId, steps::tests::called_off};

    #[test]
    fn money_is_asked_about_before_it_is_given_back_again() {
        let intent = IntentId("pi_1".into());
        let mut payment = called_off(PaymentState::RefundPending, true);
        payment.refund_attempts = 1;
        assert_eq!(refund_step(&payment), Ok(RefundStep::GiveBack(intent.clone())));
        assert!(refund_key(&payment).ends_with("0:refund"));
        payment.refund_attempts = 2;
        assert_eq!(refund_step(&payment), Ok(RefundStep::AskFirst(intent)));
        assert!(refund_key(&payment).ends_with("0:refund:2"));
    }

    #[test]
    fn only_what_is_refunded_is_told() {
        for state in PaymentState::ALL {
            let step = refund_step(&called_off(*state, true));
            assert!(!matches!(step, Ok(RefundStep::Tell(_))), "{state} has no refund");
        }
        let mut payment = called_off(PaymentState::Refunded, true);
        payment.refund = Some(RefundId("re_1".into()));
        payment.refunded_at = Some(Timestamp::UNIX_EPOCH);
        let told = refund_step(&payment);
        assert!(matches!(told, Ok(RefundStep::Tell(refund)) if refund.amount_minor == 2450));
    }
}
