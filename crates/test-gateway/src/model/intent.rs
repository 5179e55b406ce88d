//! The life of a payment intent: decisions and their effects, both pure.

use std::sync::Arc;

use super::{
    Amount, CancelReason, Change, ChargeId, Currency, DeclineCode, IllegalChange, IntentId,
    Metadata, Method, Refund, Verdict,
};

/// An intent at one moment. A change makes a new one, so that stored answers keep the old.
#[derive(Debug, Clone)]
pub(crate) struct Intent {
    head: Arc<Head>,
    state: State,
    failed: Vec<Charge>,
}

/// What never changes.
#[derive(Debug)]
struct Head {
    id: IntentId,
    amount: Amount,
    currency: Currency,
    description: Option<Box<str>>,
    metadata: Metadata,
    created_unix_ms: i64,
}

/// Where an intent stands.
#[derive(Debug, Clone)]
pub(crate) enum State {
    RequiresPaymentMethod,
    RequiresConfirmation { method: Method },
    RequiresAction { method: Method },
    Succeeded { charge: Charge, refunded_minor: u64 },
    Canceled { at_unix_ms: i64, reason: Option<CancelReason> },
}

/// An attempt to take the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) id: ChargeId,
    pub(crate) method: Method,
    pub(crate) outcome: ChargeOutcome,
    pub(crate) at_unix_ms: i64,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChargeOutcome {
    Paid,
    Declined(DeclineCode),
}

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
    /// The intent that a `Created` begins; no other change begins one.
    pub(crate) fn created(change: &Change) -> Option<Self> {
        let Change::Created {
            id,
            amount_minor,
            currency,
            method,
            description,
            metadata,
            created_unix_ms,
        } = change
        else {
            return None;
        };
        let head = Head {
            id: *id,
            amount: *amount_minor,
            currency: *currency,
            description: description.clone(),
            metadata: metadata.clone(),
            created_unix_ms: *created_unix_ms,
        };
        let state = match *method {
            None => State::RequiresPaymentMethod,
            Some(method) => State::RequiresConfirmation { method },
        };
        Some(Self { head: Arc::new(head), state, failed: Vec::new() })
    }

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

    /// The intent after a change. The same rules bind a journal that is read back.
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

/// What an intent tells of itself.
impl Intent {
    pub(crate) fn id(&self) -> IntentId {
        self.head.id
    }

    pub(crate) fn amount(&self) -> Amount {
        self.head.amount
    }

    pub(crate) fn currency(&self) -> &Currency {
        &self.head.currency
    }

    pub(crate) fn description(&self) -> Option<&str> {
        self.head.description.as_deref()
    }

    pub(crate) fn metadata(&self) -> &Metadata {
        &self.head.metadata
    }

    pub(crate) fn created_unix_ms(&self) -> i64 {
        self.head.created_unix_ms
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The method in hand; a decline takes it away.
    pub(crate) fn method(&self) -> Option<Method> {
        match self.state {
            State::RequiresPaymentMethod | State::Canceled { .. } => None,
            State::RequiresConfirmation { method } | State::RequiresAction { method } => {
                Some(method)
            }
            State::Succeeded { charge, .. } => Some(charge.method),
        }
    }

    /// The charge that took the money.
    pub(crate) fn paid(&self) -> Option<&Charge> {
        match &self.state {
            State::Succeeded { charge, .. } => Some(charge),
            _ => None,
        }
    }

    pub(crate) fn refunded_minor(&self) -> u64 {
        match self.state {
            State::Succeeded { refunded_minor, .. } => refunded_minor,
            _ => 0,
        }
    }

    /// The attempts that took no money, oldest first.
    pub(crate) fn failed(&self) -> &[Charge] {
        &self.failed
    }

    /// The newest attempt.
    pub(crate) fn latest_charge(&self) -> Option<&Charge> {
        self.paid().or(self.failed.last())
    }

    pub(crate) fn status(&self) -> &'static str {
        match self.state {
            State::RequiresPaymentMethod => "requires_payment_method",
            State::RequiresConfirmation { .. } => "requires_confirmation",
            State::RequiresAction { .. } => "requires_action",
            State::Succeeded { .. } => "succeeded",
            State::Canceled { .. } => "canceled",
        }
    }
}
