//! Disputes: a cardholder asks the bank for the money back.

use serde::{Deserialize, Serialize};

use super::{Amount, ChargeId, Currency, DisputeId, IntentId, Method};

/// A dispute. It stays open, since evidence is not supported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dispute {
    pub(crate) id: DisputeId,
    pub(crate) intent: IntentId,
    pub(crate) charge: ChargeId,
    pub(crate) method: Method,
    pub(crate) amount_minor: Amount,
    pub(crate) currency: Currency,
    pub(crate) reason: DisputeReason,
    pub(crate) created_unix_ms: i64,
}

/// Reason of a dispute, with Stripe's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DisputeReason {
    CreditNotProcessed,
    Duplicate,
    Fraudulent,
    General,
    ProductNotReceived,
    ProductUnacceptable,
    SubscriptionCanceled,
    Unrecognized,
}
