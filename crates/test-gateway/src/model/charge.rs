//! Charges.

use super::{ChargeId, DeclineCode, Method};

/// A charge: one attempt to collect the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) id: ChargeId,
    pub(crate) method: Method,
    pub(crate) outcome: ChargeOutcome,
    pub(crate) at_unix_ms: i64,
}

/// What the bank answered to a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChargeOutcome {
    Paid,
    /// The amount is held until it is captured or released.
    Authorized {
        capture_before_unix_ms: i64,
    },
    Declined(DeclineCode),
}

impl Charge {
    /// Why the bank declined it.
    pub(crate) const fn decline_code(&self) -> Option<DeclineCode> {
        match self.outcome {
            ChargeOutcome::Declined(code) => Some(code),
            ChargeOutcome::Paid | ChargeOutcome::Authorized { .. } => None,
        }
    }

    /// When the authorisation lapses, if it needs a capture.
    pub(crate) const fn capture_before_unix_ms(&self) -> Option<i64> {
        match self.outcome {
            ChargeOutcome::Authorized { capture_before_unix_ms } => Some(capture_before_unix_ms),
            ChargeOutcome::Paid | ChargeOutcome::Declined(_) => None,
        }
    }
}
