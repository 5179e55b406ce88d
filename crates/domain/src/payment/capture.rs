//! Decisions about held money: it is captured when the restaurant accepts.

use jiff::{SignedDuration, Timestamp};

use super::{BrokenRow, IntentId, Payment, PaymentState};

/// Money that the bank holds for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// When it was first known.
    pub at: Timestamp,
    /// When it lapses, if the gateway said so.
    pub capture_before: Option<Timestamp>,
}

/// How long before the end of a hold it is captured or given up.
const LAPSE_MARGIN: SignedDuration = SignedDuration::from_hours(12);
/// How long a hold is relied on if the gateway does not say when it lapses. Banks keep one for
/// five to seven days (docs.stripe.com/payments/place-a-hold-on-a-payment-method).
const USUAL_HOLD: SignedDuration = SignedDuration::from_hours(5 * 24);

/// When a hold must be captured or given up.
pub fn lapse_of(hold: Hold) -> Timestamp {
    let end = hold.capture_before.or_else(|| hold.at.checked_add(USUAL_HOLD).ok());
    end.and_then(|end| end.checked_sub(LAPSE_MARGIN).ok()).unwrap_or(hold.at)
}

/// What follows for the payment of an order that the restaurant has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterAcceptance {
    /// The outcome is not known yet: try later.
    Wait,
    /// Nothing to capture.
    Nothing,
    /// Capture the held money.
    Capture(IntentId),
    /// It was captured: publish that, possibly again.
    PublishCaptured {
        /// When it was captured.
        at: Timestamp,
    },
    /// It can never be captured: publish that, possibly again.
    PublishFailed {
        /// When this was first known.
        at: Timestamp,
    },
}

/// What follows for the payment row of an accepted order.
pub fn after_acceptance(payment: &Payment) -> Result<AfterAcceptance, BrokenRow> {
    let broken = || BrokenRow(payment.order_id, payment.state);
    if payment.state.is_open() {
        return Ok(AfterAcceptance::Wait);
    }
    if payment.hold.is_none() {
        return Ok(AfterAcceptance::Nothing);
    }
    Ok(match (payment.captured_at, payment.capture_failed_at) {
        (Some(at), _) => AfterAcceptance::PublishCaptured { at },
        (None, Some(at)) => AfterAcceptance::PublishFailed { at },
        // A cancellation releases the hold.
        _ if payment.state != PaymentState::Authorized || payment.cancellation.is_some() => {
            AfterAcceptance::Nothing
        }
        _ => AfterAcceptance::Capture(payment.intent.clone().ok_or_else(broken)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::steps::tests::{called_off, row};

    fn held(at: i64) -> Payment {
        let at = Timestamp::from_second(at).unwrap();
        Payment {
            hold: Some(Hold { at, capture_before: None }),
            ..row(PaymentState::Authorized, true, true)
        }
    }

    #[test]
    fn only_money_that_is_held_for_a_standing_order_is_captured() {
        let intent = IntentId("pi_1".into());
        let at = Timestamp::UNIX_EPOCH;
        assert_eq!(after_acceptance(&held(0)), Ok(AfterAcceptance::Capture(intent)));
        let cancellation = called_off(PaymentState::Authorized, true).cancellation;
        let off = Payment { cancellation, ..held(0) };
        assert_eq!(after_acceptance(&off), Ok(AfterAcceptance::Nothing));
        let released = Payment { state: PaymentState::Void, ..off };
        assert_eq!(after_acceptance(&released), Ok(AfterAcceptance::Nothing));
        let failed = Payment { capture_failed_at: Some(at), ..held(0) };
        assert_eq!(after_acceptance(&failed), Ok(AfterAcceptance::PublishFailed { at }));
        let captured = Payment { captured_at: Some(at), ..failed };
        assert_eq!(after_acceptance(&captured), Ok(AfterAcceptance::PublishCaptured { at }));
        let at_order = row(PaymentState::Captured, true, true);
        assert_eq!(after_acceptance(&at_order), Ok(AfterAcceptance::Nothing));
        let open = row(PaymentState::Unknown, true, false);
        assert_eq!(after_acceptance(&open), Ok(AfterAcceptance::Wait));
    }

    #[test]
    fn a_hold_is_given_up_half_a_day_before_it_lapses() {
        let second = |s| Timestamp::from_second(s).unwrap();
        let said = Hold { at: second(0), capture_before: Some(second(604_800)) };
        assert_eq!(lapse_of(said), second(604_800 - 43_200));
        assert_eq!(lapse_of(Hold { capture_before: None, ..said }), second(432_000 - 43_200));
        let last = Hold { at: Timestamp::MAX, capture_before: None };
        assert_eq!(lapse_of(last), Timestamp::MAX, "the calendar ends before it lapses");
    }
}
