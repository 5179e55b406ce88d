//! What can be read from an intent.

use super::{Challenge, Charge, Intent, IntentDetails, Method, State};
use crate::model::{Amount, Currency, IntentId, Metadata};

impl Intent {
    /// The types of payment methods that every intent accepts.
    pub(crate) const PAYMENT_METHOD_TYPES: [&str; 1] = ["card"];

    pub(crate) fn id(&self) -> IntentId {
        self.details.id
    }

    pub(crate) fn details(&self) -> &IntentDetails {
        &self.details
    }

    pub(crate) fn amount(&self) -> Amount {
        self.details.amount_minor
    }

    pub(crate) fn currency(&self) -> &Currency {
        &self.details.currency
    }

    pub(crate) fn metadata(&self) -> &Metadata {
        &self.details.metadata
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The current payment method; a decline removes it.
    pub(crate) fn method(&self) -> Option<Method> {
        match self.state {
            State::RequiresPaymentMethod { .. } => None,
            State::RequiresConfirmation { method } | State::RequiresAction { method, .. } => {
                Some(method)
            }
            State::RequiresCapture { charge } | State::Succeeded { charge, .. } => {
                Some(charge.method)
            }
            State::Canceled { released, .. } => released.map(|charge| charge.method),
        }
    }

    /// The challenge that the customer must pass.
    pub(crate) fn challenge(&self) -> Option<&Challenge> {
        match &self.state {
            State::RequiresAction { challenge, .. } => challenge.as_deref(),
            _ => None,
        }
    }

    /// The client secret, in Stripe's form.
    pub(crate) fn client_secret(&self) -> Option<String> {
        self.details.secret.map(|secret| format!("{}_secret_{secret}", self.details.id))
    }

    /// The charge that the bank accepted: authorised, captured or released.
    pub(crate) fn accepted_charge(&self) -> Option<&Charge> {
        match &self.state {
            State::RequiresCapture { charge } | State::Succeeded { charge, .. } => Some(charge),
            State::Canceled { released, .. } => released.as_ref(),
            _ => None,
        }
    }

    /// The captured charge.
    pub(crate) fn captured_charge(&self) -> Option<&Charge> {
        match &self.state {
            State::Succeeded { charge, .. } => Some(charge),
            _ => None,
        }
    }

    pub(crate) fn captured_minor(&self) -> u64 {
        match self.state {
            State::Succeeded { captured, .. } => captured.minor(),
            _ => 0,
        }
    }

    /// When the authorisation lapses, unless it is captured or released.
    pub(crate) fn hold_lapses_unix_ms(&self) -> Option<i64> {
        match &self.state {
            State::RequiresCapture { charge } => charge.capture_before_unix_ms(),
            _ => None,
        }
    }

    /// The authorised amount that can still be captured.
    pub(crate) fn capturable_minor(&self) -> u64 {
        match self.state {
            State::RequiresCapture { .. } => self.amount().minor(),
            _ => 0,
        }
    }

    /// The authorised amount that went back to the customer without a capture.
    pub(crate) fn released_minor(&self) -> u64 {
        match self.state {
            State::Succeeded { captured, .. } => {
                self.amount().minor().saturating_sub(captured.minor())
            }
            State::Canceled { released: Some(_), .. } => self.amount().minor(),
            _ => 0,
        }
    }

    pub(crate) fn refunded_minor(&self) -> u64 {
        match self.state {
            State::Succeeded { refunded_minor, .. } => refunded_minor,
            _ => 0,
        }
    }

    pub(crate) fn is_disputed(&self) -> bool {
        matches!(self.state, State::Succeeded { is_disputed: true, .. })
    }

    /// The declined charges, oldest first.
    pub(crate) fn failed_charges(&self) -> &[Charge] {
        &self.failed_charges
    }

    /// The newest charge.
    pub(crate) fn latest_charge(&self) -> Option<&Charge> {
        self.accepted_charge().or(self.failed_charges.last())
    }

    pub(crate) fn status(&self) -> &'static str {
        match self.state {
            State::RequiresPaymentMethod { .. } => "requires_payment_method",
            State::RequiresConfirmation { .. } => "requires_confirmation",
            State::RequiresAction { .. } => "requires_action",
            State::RequiresCapture { .. } => "requires_capture",
            State::Succeeded { .. } => "succeeded",
            State::Canceled { .. } => "canceled",
        }
    }
}
