//! A payment intent: `decide` turns requests into changes, `apply` applies changes. Both are pure.

mod apply;
mod decide;
mod details;
mod read;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use decide::Refusal;
pub(crate) use details::IntentDetails;

use super::{
    Amount, CancelReason, CaptureMethod, Challenge, ChallengeId, Change, Charge, ChargeId,
    ChargeOutcome, FailedAuthentication, Method,
};

/// An intent at one point in time. A change creates a new version, and stored replies keep the old
/// one.
#[derive(Debug, Clone)]
pub(crate) struct Intent {
    details: Arc<IntentDetails>,
    state: State,
    failed_charges: Vec<Charge>,
}

/// The state of an intent.
#[derive(Debug, Clone)]
pub(crate) enum State {
    RequiresPaymentMethod {
        /// The authentication whose failure removed the payment method.
        failed_authentication: Option<FailedAuthentication>,
    },
    RequiresConfirmation {
        method: Method,
    },
    RequiresAction {
        method: Method,
        /// Absent in ledgers that had none.
        challenge: Option<Arc<Challenge>>,
    },
    RequiresCapture {
        charge: Charge,
    },
    Succeeded {
        charge: Charge,
        captured: Amount,
        refunded_minor: u64,
        is_disputed: bool,
    },
    Canceled {
        at_unix_ms: i64,
        reason: Option<CancelReason>,
        /// The authorised charge that was released.
        released: Option<Charge>,
    },
}

impl Intent {
    /// A new intent.
    pub(crate) fn new(details: IntentDetails) -> Self {
        let state = match details.method {
            None => State::RequiresPaymentMethod { failed_authentication: None },
            Some(method) => State::RequiresConfirmation { method },
        };
        Self { details: Arc::new(details), state, failed_charges: Vec::new() }
    }
}
