//! A payment intent: `decide` turns requests into changes, `apply` applies changes. Both are pure.

mod apply;
mod decide;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use decide::Refusal;

use super::{
    Amount, CancelReason, Change, ChargeId, Currency, DeclineCode, IntentId, Metadata, Method,
};

/// An intent at one point in time. A change creates a new version, and stored replies keep the old
/// one.
#[derive(Debug, Clone)]
pub(crate) struct Intent {
    details: Arc<IntentDetails>,
    state: State,
    failed_charges: Vec<Charge>,
}

/// The immutable fields of an intent.
#[derive(Debug)]
struct IntentDetails {
    id: IntentId,
    amount: Amount,
    currency: Currency,
    description: Option<Box<str>>,
    metadata: Metadata,
    created_unix_ms: i64,
}

/// The state of an intent.
#[derive(Debug, Clone)]
pub(crate) enum State {
    RequiresPaymentMethod,
    RequiresConfirmation { method: Method },
    RequiresAction { method: Method },
    Succeeded { charge: Charge, refunded_minor: u64 },
    Canceled { at_unix_ms: i64, reason: Option<CancelReason> },
}

/// A charge: one attempt to collect the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) id: ChargeId,
    pub(crate) method: Method,
    pub(crate) outcome: ChargeOutcome,
    pub(crate) at_unix_ms: i64,
}

/// How a charge ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChargeOutcome {
    Paid,
    Declined(DeclineCode),
}

impl Intent {
    /// The intent created by a `Created` change; `None` for other changes.
    pub(crate) fn from_created(change: &Change) -> Option<Self> {
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
        let details = IntentDetails {
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
        Some(Self { details: Arc::new(details), state, failed_charges: Vec::new() })
    }
}

/// Getters.
impl Intent {
    pub(crate) fn id(&self) -> IntentId {
        self.details.id
    }

    pub(crate) fn amount(&self) -> Amount {
        self.details.amount
    }

    pub(crate) fn currency(&self) -> &Currency {
        &self.details.currency
    }

    pub(crate) fn description(&self) -> Option<&str> {
        self.details.description.as_deref()
    }

    pub(crate) fn metadata(&self) -> &Metadata {
        &self.details.metadata
    }

    pub(crate) fn created_unix_ms(&self) -> i64 {
        self.details.created_unix_ms
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The current payment method; a decline removes it.
    pub(crate) fn method(&self) -> Option<Method> {
        match self.state {
            State::RequiresPaymentMethod | State::Canceled { .. } => None,
            State::RequiresConfirmation { method } | State::RequiresAction { method } => {
                Some(method)
            }
            State::Succeeded { charge, .. } => Some(charge.method),
        }
    }

    /// The successful charge.
    pub(crate) fn paid_charge(&self) -> Option<&Charge> {
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

    /// The declined charges, oldest first.
    pub(crate) fn failed_charges(&self) -> &[Charge] {
        &self.failed_charges
    }

    /// The newest charge.
    pub(crate) fn latest_charge(&self) -> Option<&Charge> {
        self.paid_charge().or(self.failed_charges.last())
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
