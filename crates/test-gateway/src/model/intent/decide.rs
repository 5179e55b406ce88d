//! What a request leads to.

use super::{Amount, CancelReason, Change, ChargeId, Intent, Method, State};
use crate::model::Verdict;

/// Why a request cannot be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoPaymentMethod,
    ConfirmAfterSuccess,
    ConfirmAfterCancel,
    CannotCancel,
    NothingPaid,
    AlreadyRefunded { charge: ChargeId },
    RefundTooLarge { asked_minor: u64, left_minor: u64 },
}

impl Intent {
    /// What confirming leads to.
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
        let intent = self.head.id;
        Ok(match method.verdict() {
            Verdict::Paid => Change::Paid { intent, charge, method, at_unix_ms },
            Verdict::Declined(code) => {
                Change::Declined { intent, charge, method, code, at_unix_ms }
            }
            Verdict::ActionRequired => Change::ActionRequired { intent, method },
        })
    }

    /// What calling off leads to.
    pub(crate) fn cancel(
        &self,
        reason: Option<CancelReason>,
        at_unix_ms: i64,
    ) -> Result<Change, Refusal> {
        match self.state {
            State::Succeeded { .. } | State::Canceled { .. } => Err(Refusal::CannotCancel),
            _ => Ok(Change::Canceled { intent: self.head.id, reason, at_unix_ms }),
        }
    }

    /// The charge and the amount a refund takes: the amount asked for, or all that is left.
    pub(crate) fn refund(&self, asked: Option<Amount>) -> Result<(ChargeId, Amount), Refusal> {
        let State::Succeeded { charge, refunded_minor } = self.state else {
            return Err(Refusal::NothingPaid);
        };
        let left_minor = self.head.amount.minor().saturating_sub(refunded_minor);
        let Ok(left) = Amount::try_from(left_minor) else {
            return Err(Refusal::AlreadyRefunded { charge: charge.id });
        };
        let amount = asked.unwrap_or(left);
        if amount > left {
            return Err(Refusal::RefundTooLarge { asked_minor: amount.minor(), left_minor });
        }
        Ok((charge.id, amount))
    }
}
