//! What a change does. A journal that is read back is bound by the same rules.

use super::{Change, Charge, ChargeOutcome, Intent, State};
use crate::model::{IllegalChange, Refund};

impl Intent {
    /// The intent after a change.
    pub(crate) fn after(&self, change: &Change) -> Result<Self, IllegalChange> {
        let wrong = || IllegalChange::WrongState(self.head.id);
        let open = !matches!(self.state, State::Succeeded { .. } | State::Canceled { .. });
        let mut next = self.clone();
        match *change {
            Change::Paid { charge: id, method, at_unix_ms, .. } if open => {
                let outcome = ChargeOutcome::Paid;
                next.state = State::Succeeded {
                    charge: Charge { id, method, outcome, at_unix_ms },
                    refunded_minor: 0,
                };
            }
            Change::Declined { charge: id, method, code, at_unix_ms, .. } if open => {
                let outcome = ChargeOutcome::Declined(code);
                next.failed.push(Charge { id, method, outcome, at_unix_ms });
                next.state = State::RequiresPaymentMethod;
            }
            Change::ActionRequired { method, .. } if open => {
                next.state = State::RequiresAction { method };
            }
            Change::Canceled { reason, at_unix_ms, .. } if open => {
                next.state = State::Canceled { at_unix_ms, reason };
            }
            Change::Refunded(ref refund) => next.take_refund(refund)?,
            _ => return Err(wrong()),
        }
        Ok(next)
    }

    fn take_refund(&mut self, refund: &Refund) -> Result<(), IllegalChange> {
        match &mut self.state {
            State::Succeeded { charge, refunded_minor } if charge.id == refund.charge => {
                *refunded_minor = refunded_minor
                    .checked_add(refund.amount_minor.minor())
                    .filter(|&refunded| refunded <= self.head.amount.minor())
                    .ok_or(IllegalChange::OverRefund(self.head.id))?;
                Ok(())
            }
            _ => Err(IllegalChange::WrongState(self.head.id)),
        }
    }
}
