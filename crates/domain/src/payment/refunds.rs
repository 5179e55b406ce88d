//! Decisions about refunds: the next step for the payment row of a cancelled order.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};

use crate::{ids::OrderId, kitchen::Requester, payment_method::MethodKind};

use super::{BrokenRow, IntentId, Payment, PaymentState, Refund, Refunder, steps::numbered_key};

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

/// The idempotency key of the refund of what is left.
///
/// A later attempt is made only after the gateway reports no such refund for this intent, and no
/// intent gives back more than it took, so a new key cannot refund twice.
pub fn refund_key(payment: &Payment) -> String {
    numbered_key(format!("{}:refund", payment.order_id), payment.refund_attempts)
}

/// How long a key of a refund of a part is used. The gateway repeats its first answer to a key for
/// a day, even if that was a failure of its own.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// No call is made this long before the next key, so that each call has ended when it is used.
const KEY_MARGIN: SignedDuration = SignedDuration::from_mins(10);

/// The idempotency key of a refund of a part: the same for an hour, since a second call under
/// another key could refund twice. `None` in the last minutes of a key. A later key is used only
/// after the gateway reports no such refund.
pub fn part_refund_key(
    order: OrderId,
    key: &RefundKey,
    requested_at: Timestamp,
    now: Timestamp,
) -> Option<String> {
    let age_s = now.duration_since(requested_at).as_secs().max(0);
    let (number, within_s) = (age_s / KEY_LIFE.as_secs(), age_s % KEY_LIFE.as_secs());
    let ends = within_s >= (KEY_LIFE - KEY_MARGIN).as_secs();
    let attempt = u32::try_from(number).ok()?.checked_add(1)?;
    (!ends).then(|| numbered_key(format!("{order}:part_refund:{key}"), attempt))
}

/// The next step for a cancelled order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundStep {
    /// The charge has no outcome yet: the charging side finds the recorded cancellation. Or a part
    /// is being refunded, and then it is known what is left. Try later.
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
    /// The charge was declined, the cash is not due any more, or all of the money was refunded in
    /// parts: nothing to do.
    Nothing,
    /// The customer has not authenticated yet, or the bank holds the money: cancel the intent.
    CancelIntent(IntentId),
    /// First attempt: refund what is left of the intent.
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
        PaymentState::RefundPending if payment.parts.reserved_minor > 0 => Ok(RefundStep::Wait),
        PaymentState::RefundPending => {
            let intent = payment.intent.clone().ok_or_else(broken)?;
            let first = payment.refund_attempts <= 1;
            Ok(if first { RefundStep::Refund(intent) } else { RefundStep::FindRefund(intent) })
        }
        PaymentState::Refunded if payment.refund.is_none() && payment.parts.booked_minor > 0 => {
            Ok(RefundStep::Nothing)
        }
        PaymentState::Refunded => {
            rest_refund(payment).map(RefundStep::PublishRefund).ok_or_else(broken)
        }
        // Recording a cancellation moves these states on.
        PaymentState::Captured
        | PaymentState::PartlyRefunded
        | PaymentState::Due
        | PaymentState::Collected => Err(broken()),
    }
}

/// The refund of what was left when the order was cancelled, if there is one.
pub fn rest_refund(payment: &Payment) -> Option<Refund> {
    let (id, at) = payment.refund.clone().zip(payment.refunded_at)?;
    let reason = payment.cancellation.as_ref()?.reason.clone();
    // Money that came after a decline went back without a request.
    let by = payment.reason.is_none().then(|| Requester::from_reason(Some(reason.as_str())));
    Some(Refund {
        id,
        amount_minor: payment.refund_minor.unwrap_or(payment.amount.minor),
        at,
        reason,
        part: None,
        by: by.map(Refunder::from),
        refunded_total_minor: Some(payment.refunded_minor()),
        lines: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::{RefundId, RefundSums, steps::tests::called_off};

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

    #[test]
    fn a_cancelled_order_returns_what_its_parts_have_left() {
        let mut payment = called_off(PaymentState::RefundPending, true);
        payment.refund_attempts = 1;
        payment.parts = RefundSums { count: 2, reserved_minor: 100, booked_minor: 450 };
        assert_eq!(refund_step(&payment), Ok(RefundStep::Wait), "a part is under way");
        payment.parts.reserved_minor = 0;
        assert_eq!(refund_step(&payment), Ok(RefundStep::Refund(IntentId("pi_1".into()))));
        assert_eq!(payment.remainder_minor(), 2000);
        payment.state = PaymentState::Refunded;
        assert_eq!(refund_step(&payment), Ok(RefundStep::Nothing), "by its parts");
        payment.refund = Some(RefundId("re_1".into()));
        payment.refunded_at = Some(Timestamp::UNIX_EPOCH);
        payment.refund_minor = Some(2000);
        let Ok(RefundStep::PublishRefund(refund)) = refund_step(&payment) else { panic!() };
        assert_eq!((refund.amount_minor, refund.refunded_total_minor), (2000, Some(2450)));
        assert_eq!((refund.part, refund.by), (None, Some(Refunder::Kitchen)));
    }

    #[test]
    fn a_part_keeps_its_key_for_an_hour() {
        let (order, key) = (OrderId(uuid::Uuid::nil()), "key".parse().unwrap());
        let at = |minute: i64| {
            let now = Timestamp::from_second(minute * 60).unwrap();
            part_refund_key(order, &key, Timestamp::UNIX_EPOCH, now)
        };
        let first = Some(format!("{order}:part_refund:key"));
        assert_eq!([at(0), at(49)], [first.clone(), first.clone()]);
        assert_eq!([at(-5), at(50), at(59)], [first, None, None]);
        assert_eq!(at(60), Some(format!("{order}:part_refund:key:2")));
        assert_eq!(at(2 * 60 - 1), None);
    }
}
