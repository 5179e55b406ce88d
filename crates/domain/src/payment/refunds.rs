//! Decisions about refunds: the next step for the payment row of a cancelled order.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use crate::payment_method::MethodKind;

use super::{BrokenRow, IntentId, Payment, PaymentState, Refund, steps::numbered_key};

/// Longest refund key, in characters.
const MAX_KEY: usize = 255;

/// Identifies a refund of a part of an order's money: the id of the request for it, or the
/// gateway's id of a refund that was made there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RefundKey(String);

/// A text that is no refund key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {MAX_KEY} letters, digits, hyphens and underscores")]
pub struct UnknownRefundKey;

impl FromStr for RefundKey {
    type Err = UnknownRefundKey;

    fn from_str(text: &str) -> Result<Self, UnknownRefundKey> {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        let is_key = (1..=MAX_KEY).contains(&text.len()) && text.bytes().all(allowed);
        if is_key { Ok(Self(text.to_owned())) } else { Err(UnknownRefundKey) }
    }
}

impl fmt::Display for RefundKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The idempotency key of the refund.
///
/// A later attempt is made only after the gateway reports no refund for this intent. An intent can
/// be refunded in full only once, so a new key cannot refund twice.
pub fn refund_key(payment: &Payment) -> String {
    numbered_key(format!("{}:refund", payment.order_id), payment.refund_attempts)
}

/// The next step for a cancelled order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundStep {
    /// The charge has no outcome yet: the charging side finds the recorded cancellation. Try later.
    Wait,
    /// Nothing was captured before the cancellation: publish that, possibly again.
    PublishVoid {
        /// When this was first known.
        at: Timestamp,
    },
    /// The money of a confirmed order was held, and is released: publish that, possibly again.
    PublishReleased {
        /// When the order was cancelled.
        at: Timestamp,
    },
    /// The charge was declined, or the cash is not due any more: nothing to do.
    Nothing,
    /// The customer has not authenticated yet, or the bank holds the money: cancel the intent.
    CancelIntent(IntentId),
    /// First attempt: refund the intent.
    Refund(IntentId),
    /// An earlier attempt has no known outcome: look the refund up before refunding again.
    FindRefund(IntentId),
    /// The money was refunded: publish that, possibly again.
    PublishRefund(Refund),
}

/// The next step for a payment row with a recorded cancellation.
pub fn refund_step(payment: &Payment) -> Result<RefundStep, BrokenRow> {
    let broken = || BrokenRow(payment.order_id, payment.state);
    match payment.state {
        // The charging side is done with a payment that waits for its customer.
        PaymentState::ActionRequired | PaymentState::Authorized => {
            Ok(RefundStep::CancelIntent(payment.intent.clone().ok_or_else(broken)?))
        }
        PaymentState::Pending | PaymentState::Unknown => Ok(RefundStep::Wait),
        PaymentState::Declined => Ok(RefundStep::Nothing),
        // An order that was confirmed is never declined.
        PaymentState::Void if payment.hold.is_some() => {
            let at = payment.cancellation.as_ref().ok_or_else(broken)?.at;
            Ok(RefundStep::PublishReleased { at })
        }
        PaymentState::Void if payment.method == MethodKind::Cash && payment.reason.is_none() => {
            Ok(RefundStep::Nothing)
        }
        PaymentState::Void => {
            Ok(RefundStep::PublishVoid { at: payment.decided_at.ok_or_else(broken)? })
        }
        PaymentState::RefundPending => {
            let intent = payment.intent.clone().ok_or_else(broken)?;
            let first = payment.refund_attempts <= 1;
            Ok(if first { RefundStep::Refund(intent) } else { RefundStep::FindRefund(intent) })
        }
        PaymentState::Refunded => {
            let (id, at) = payment.refund.clone().zip(payment.refunded_at).ok_or_else(broken)?;
            let reason = payment.cancellation.as_ref().ok_or_else(broken)?.reason.clone();
            let amount_minor = payment.amount.minor;
            Ok(RefundStep::PublishRefund(Refund { id, amount_minor, at, reason }))
        }
        // Recording a cancellation moves these states on.
        PaymentState::Captured
        | PaymentState::PartlyRefunded
        | PaymentState::Due
        | PaymentState::Collected => Err(broken()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::{RefundId, steps::tests::called_off};

    #[test]
    fn a_refund_is_looked_up_before_it_is_repeated() {
        let intent = IntentId("pi_1".into());
        let mut payment = called_off(PaymentState::RefundPending, true);
        payment.refund_attempts = 1;
        assert_eq!(refund_step(&payment), Ok(RefundStep::Refund(intent.clone())));
        assert!(refund_key(&payment).ends_with("0:refund"));
        payment.refund_attempts = 2;
        assert_eq!(refund_step(&payment), Ok(RefundStep::FindRefund(intent)));
        assert!(refund_key(&payment).ends_with("0:refund:2"));
    }

    #[test]
    fn only_a_refunded_payment_is_published() {
        for state in PaymentState::ALL {
            let step = refund_step(&called_off(*state, true));
            assert!(!matches!(step, Ok(RefundStep::PublishRefund(_))), "{state} has no refund");
        }
        let mut payment = called_off(PaymentState::Refunded, true);
        payment.refund = Some(RefundId("re_1".into()));
        payment.refunded_at = Some(Timestamp::UNIX_EPOCH);
        let step = refund_step(&payment);
        assert!(
            matches!(step, Ok(RefundStep::PublishRefund(refund)) if refund.amount_minor == 2450)
        );
    }
}
