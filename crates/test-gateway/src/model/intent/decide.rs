//! Decides on requests for an intent.

use super::{
    Amount, CancelReason, CaptureMethod, Challenge, ChallengeId, Change, Charge, ChargeId, Intent,
    Method, State,
};
use crate::model::ConfirmOutcome;

/// How long a bank holds an authorised amount.
/// <https://docs.stripe.com/payments/place-a-hold-on-a-payment-method>
const AUTHORIZATION_LIFETIME_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoPaymentMethod,
    ConfirmAfterAuthorization,
    ConfirmAfterSuccess,
    ConfirmAfterCancel,
    CannotCancel,
    AlreadyCaptured,
    CannotCapture { status: &'static str },
    CaptureTooLarge,
    ChallengeOver,
    NothingPaid,
    Disputed { charge: ChargeId },
    DisputeTooLarge,
    AlreadyRefunded { charge: ChargeId },
    RefundTooLarge { requested_minor: u64, left_minor: u64 },
}

impl Intent {
    /// Confirms the intent with a payment method, or the one it has. If the bank wants the customer
    /// to authenticate, `challenge` is made instead of `charge`.
    pub(crate) fn confirm(
        &self,
        with: Option<Method>,
        charge: ChargeId,
        challenge: Challenge,
        at_unix_ms: i64,
    ) -> Result<Change, Refusal> {
        let known = match self.state {
            State::RequiresCapture { .. } => return Err(Refusal::ConfirmAfterAuthorization),
            State::Succeeded { .. } => return Err(Refusal::ConfirmAfterSuccess),
            State::Canceled { .. } => return Err(Refusal::ConfirmAfterCancel),
            State::RequiresPaymentMethod { .. } => None,
            State::RequiresConfirmation { method } | State::RequiresAction { method, .. } => {
                Some(method)
            }
        };
        let method = with.or(known).ok_or(Refusal::NoPaymentMethod)?;
        let intent = self.details.id;
        Ok(match method.confirm_outcome() {
            ConfirmOutcome::Paid => self.charge(charge, method, at_unix_ms),
            ConfirmOutcome::Declined(code) => {
                Change::Declined { intent, charge, method, code, at_unix_ms }
            }
            ConfirmOutcome::ActionRequired { .. } => {
                Change::ActionRequired { intent, method, challenge: Some(challenge) }
            }
        })
    }

    /// Ends a challenge of the bank.
    pub(crate) fn authenticate(
        &self,
        challenge: ChallengeId,
        is_passed: bool,
        charge: ChargeId,
        at_unix_ms: i64,
    ) -> Result<Change, Refusal> {
        let State::RequiresAction { method, challenge: Some(current) } = &self.state else {
            return Err(Refusal::ChallengeOver);
        };
        let (intent, method) = (self.details.id, *method);
        if current.id != challenge {
            return Err(Refusal::ChallengeOver);
        }
        Ok(match method.confirm_outcome() {
            _ if !is_passed => Change::AuthenticationFailed { intent, method, at_unix_ms },
            ConfirmOutcome::ActionRequired { then: Some(code) }
            | ConfirmOutcome::Declined(code) => {
                Change::Declined { intent, charge, method, code, at_unix_ms }
            }
            ConfirmOutcome::ActionRequired { then: None } | ConfirmOutcome::Paid => {
                self.charge(charge, method, at_unix_ms)
            }
        })
    }

    /// A charge that the bank accepts.
    fn charge(&self, charge: ChargeId, method: Method, at_unix_ms: i64) -> Change {
        let intent = self.details.id;
        match self.details.capture_method {
            CaptureMethod::Automatic | CaptureMethod::AutomaticAsync => {
                Change::Paid { intent, charge, method, at_unix_ms }
            }
            CaptureMethod::Manual => {
                let capture_before_unix_ms = at_unix_ms.saturating_add(AUTHORIZATION_LIFETIME_MS);
                Change::Authorized { intent, charge, method, capture_before_unix_ms, at_unix_ms }
            }
        }
    }

    /// Captures the requested amount, or all that is authorised. The rest is released.
    pub(crate) fn capture(
        &self,
        requested: Option<Amount>,
        at_unix_ms: i64,
    ) -> Result<Change, Refusal> {
        match self.state {
            State::RequiresCapture { .. } => {}
            State::Succeeded { .. } => return Err(Refusal::AlreadyCaptured),
            _ => return Err(Refusal::CannotCapture { status: self.status() }),
        }
        let amount_minor = requested.unwrap_or(self.amount());
        if amount_minor > self.amount() {
            return Err(Refusal::CaptureTooLarge);
        }
        Ok(Change::Captured { intent: self.details.id, amount_minor, at_unix_ms })
    }

    /// Cancels the intent; an authorised amount is released.
    pub(crate) fn cancel(
        &self,
        reason: Option<CancelReason>,
        at_unix_ms: i64,
    ) -> Result<Change, Refusal> {
        match self.state {
            State::Succeeded { .. } | State::Canceled { .. } => Err(Refusal::CannotCancel),
            _ => Ok(Change::Canceled { intent: self.details.id, reason, at_unix_ms }),
        }
    }

    /// The cancellation of an intent whose authorisation has lapsed.
    pub(crate) fn lapse(&self, at_unix_ms: i64) -> Change {
        let reason = Some(CancelReason::Automatic);
        Change::Canceled { intent: self.details.id, reason, at_unix_ms }
    }

    /// The charge and the amount of a refund: the requested amount, or all that is left.
    pub(crate) fn refund(&self, requested: Option<Amount>) -> Result<(ChargeId, Amount), Refusal> {
        let State::Succeeded { charge, captured, refunded_minor, is_disputed } = self.state else {
            return Err(Refusal::NothingPaid);
        };
        if is_disputed {
            return Err(Refusal::Disputed { charge: charge.id });
        }
        let left_minor = captured.minor().saturating_sub(refunded_minor);
        let Ok(left) = Amount::try_from(left_minor) else {
            return Err(Refusal::AlreadyRefunded { charge: charge.id });
        };
        let amount = requested.unwrap_or(left);
        if amount > left {
            let requested_minor = amount.minor();
            return Err(Refusal::RefundTooLarge { requested_minor, left_minor });
        }
        Ok((charge.id, amount))
    }

    /// The charge and the amount of a dispute: the requested amount, or all that is left.
    pub(crate) fn dispute(&self, requested: Option<Amount>) -> Result<(Charge, Amount), Refusal> {
        let State::Succeeded { charge, captured, refunded_minor, is_disputed } = self.state else {
            return Err(Refusal::NothingPaid);
        };
        if is_disputed {
            return Err(Refusal::Disputed { charge: charge.id });
        }
        let left = Amount::try_from(captured.minor().saturating_sub(refunded_minor));
        let amount = requested.or(left.ok()).unwrap_or(captured);
        if amount > captured { Err(Refusal::DisputeTooLarge) } else { Ok((charge, amount)) }
    }
}
