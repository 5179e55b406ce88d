//! Decides on requests for an intent.

use super::{Amount, CancelReason, Change, ChargeId, Intent, Method, State};
use crate::model::ConfirmOutcome;

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoPaymentMethod,
    ConfirmAfterSuccess,
    ConfirmAfterCancel,
    CannotCancel,
    NothingPaid,
    AlreadyRefunded { charge: ChargeId },
    RefundTooLarge { requested_minor: u64, left_minor: u64 },
}

impl Intent {
    /// Confirms the intent with a payment method, or the one it has.
    pub(crate) fn confirm(
        &self,
        with: Option<Method>,
        charge: ChargeId,
        at_unix_ms: i64,
    ) -> Result<Change, Refusal> {
        let known = match self.state {
            State::Succeeded { .. } => return Err(Refusal::ConfirmAfterSuccess),
            State::Canceled { .. } => return Err(Refusal::ConfirmAfterCancel),
            State::RequiresPaymentMethod => None,
            State::RequiresConfirmation { method } | State::RequiresAction { method } => {
                Some(method)
            }
        };
        let method = with.or(known).ok_or(Refusal::NoPaymentMethod)?;
        let intent = self.details.id;
        Ok(match method.confirm_outcome() {
            ConfirmOutcome::Paid => Change::Paid { intent, charge, method, at_unix_ms },
            ConfirmOutcome::Declined(code) => {
                Change::Declined { intent, charge, method, code, at_unix_ms }
            }
            ConfirmOutcome::ActionRequired => Change::ActionRequired { intent, method },
        })
    }

    /// Cancels the intent.
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

    /// The charge and the amount of a refund: the requested amount, or all that is left.
    pub(crate) fn refund(&self, requested: Option<Amount>) -> Result<(ChargeId, Amount), Refusal> {
        let State::Succeeded { charge, refunded_minor } = self.state else {
            return Err(Refusal::NothingPaid);
        };
        let left_minor = self.details.amount.minor().saturating_sub(refunded_minor);
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
}
