//! Applies changes; the same rules hold when the journal is read at start.

use super::{Change, Charge, ChargeOutcome, Intent, State};
use crate::model::{IllegalChange, Refund};

impl Intent {
    /// The intent after a change.
    pub(crate) fn apply(&self, change: &Change) -> Result<Self, IllegalChange> {
        let wrong_state = || IllegalChange::WrongState(self.details.id);
        let is_open = !matches!(self.state, State::Succeeded { .. } | State::Canceled { .. });
        let mut next = self.clone();
        match *change {
            Change::Paid { charge: id, method, at_unix_ms, .. } if is_open => {
                let outcome = ChargeOutcome::Paid;
                next.state = State::Succeeded {
                    charge: Charge { id, method, outcome, at_unix_ms },
                    refunded_minor: 0,
                };
            }
            Change::Declined { charge: id, method, code, at_unix_ms, .. } if is_open => {
                let outcome = ChargeOutcome::Declined(code);
                next.failed_charges.push(Charge { id, method, outcome, at_unix_ms });
                next.state = State::RequiresPaymentMethod;
            }
            Change::ActionRequired { method, .. } if is_open => {
                next.state = State::RequiresAction { method };
            }
            Change::Canceled { reason, at_unix_ms, .. } if is_open => {
                next.state = State::Canceled { at_unix_ms, reason };
            }
            Change::Refunded(ref refund) => next.apply_refund(refund)?,
            _ => return Err(wrong_state()),
        }
        Ok(next)
    }

    fn apply_refund(&mut self, refund: &Refund) -> Result<(), IllegalChange> {
        match &mut self.state {
            State::Succeeded { charge, refunded_minor } if charge.id == refund.charge => {
                *refunded_minor = refunded_minor
                    .checked_add(refund.amount_minor.minor())
                    .filter(|&refunded| refunded <= self.details.amount.minor())
                    .ok_or(IllegalChange::OverRefund(self.details.id))?;
                Ok(())
            }
            _ => Err(IllegalChange::WrongState(self.details.id)),
        }
    }
}
