//! A payment intent: `decide` says what a request leads to, `apply` what a change does. Both
//! are pure.

mod apply;
mod decide;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    Amount, CancelReason, Change, ChargeId, Currency, DeclineCode, IntentId, Metadata, Method,
};

pub(crate) use decide::Refusal;

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
