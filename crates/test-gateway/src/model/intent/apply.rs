//! Applies changes; the same rules hold when the journal is read at start.

use std::sync::Arc;

use super::{Change, Charge, ChargeOutcome, FailedAuthentication, Intent, State};
use crate::model::{Amount, Dispute, IllegalChange, Refund};

impl Intent {
    /// The intent after a change.
    pub(crate) fn apply(&self, change: &Change) -> Result<Self, IllegalChange> {
        let wrong_state = || IllegalChange::WrongState(self.details.id);
        let is_open = self.accepted_charge().is_none() && !self.is_canceled();
        let is_held = matches!(self.state, State::RequiresCapture { .. });
        let mut next = self.clone();
        match *change {
            Change::Paid { charge: id, method, at_unix_ms, .. } if is_open => {
                let outcome = ChargeOutcome::Paid;
                next.state = State::Succeeded {
                    charge: Charge { id, method, outcome, at_unix_ms },
                    captured: self.amount(),
                    refunded_minor: 0,
                    is_disputed: false,
                };
            }
            Change::Authorized {
                charge: id, method, capture_before_unix_ms, at_unix_ms, ..
            } if is_open => {
                let outcome = ChargeOutcome::Authorized { capture_before_unix_ms };
                next.state =
                    State::RequiresCapture { charge: Charge { id, method, outcome, at_unix_ms } };
            }
            Change::Declined { charge: id, method, code, at_unix_ms, .. } if is_open => {
                let outcome = ChargeOutcome::Declined(code);
                next.failed_charges.push(Charge { id, method, outcome, at_unix_ms });
                next.state = State::RequiresPaymentMethod { failed_authentication: None };
            }
            Change::ActionRequired { method, ref challenge, .. } if is_open => {
                let challenge = challenge.clone().map(Arc::new);
                next.state = State::RequiresAction { method, challenge };
            }
            Change::AuthenticationFailed { method, at_unix_ms, .. } if is_open => {
                let failed_authentication = Some(FailedAuthentication { method, at_unix_ms });
                next.state = State::RequiresPaymentMethod { failed_authentication };
            }
            Change::Captured { amount_minor, .. } => next.apply_capture(amount_minor)?,
            Change::Canceled { reason, at_unix_ms, .. } if is_open || is_held => {
                let released = self.accepted_charge().copied();
                next.state = State::Canceled { at_unix_ms, reason, released };
            }
            Change::Refunded(ref refund) => next.apply_refund(refund)?,
            Change::Disputed(ref dispute) => next.apply_dispute(dispute)?,
            _ => return Err(wrong_state()),
        }
        Ok(next)
    }

    fn is_canceled(&self) -> bool {
        matches!(self.state, State::Canceled { .. })
    }

    fn apply_capture(&mut self, captured: Amount) -> Result<(), IllegalChange> {
        match self.state {
            State::RequiresCapture { charge } if captured <= self.amount() => {
                self.state =
                    State::Succeeded { charge, captured, refunded_minor: 0, is_disputed: false };
                Ok(())
            }
            State::RequiresCapture { .. } => Err(IllegalChange::OverCapture(self.details.id)),
            _ => Err(IllegalChange::WrongState(self.details.id)),
        }
    }

    fn apply_dispute(&mut self, dispute: &Dispute) -> Result<(), IllegalChange> {
        match &mut self.state {
            State::Succeeded { charge, captured, is_disputed, .. }
                if charge.id == dispute.charge
                    && !*is_disputed
                    && dispute.amount_minor <= *captured =>
            {
                *is_disputed = true;
                Ok(())
            }
            _ => Err(IllegalChange::WrongState(self.details.id)),
        }
    }

    fn apply_refund(&mut self, refund: &Refund) -> Result<(), IllegalChange> {
        match &mut self.state {
            State::Succeeded { charge, captured, refunded_minor, .. }
                if charge.id == refund.charge =>
            {
                *refunded_minor = refunded_minor
                    .checked_add(refund.amount_minor.minor())
                    .filter(|&refunded| refunded <= captured.minor())
                    .ok_or(IllegalChange::OverRefund(self.details.id))?;
                Ok(())
            }
            _ => Err(IllegalChange::WrongState(self.details.id)),
        }
    }
}
