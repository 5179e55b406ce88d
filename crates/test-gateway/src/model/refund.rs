//! Refunds.

use serde::{Deserialize, Serialize};

use super::{Amount, ChargeId, Currency, IntentId, Metadata, RefundId, RefundReason};

/// A refund. Immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: RefundId,
    pub(crate) intent: IntentId,
    pub(crate) charge: ChargeId,
    pub(crate) amount_minor: Amount,
    pub(crate) currency: Currency,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<RefundReason>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub(crate) metadata: Metadata,
    pub(crate) created_unix_ms: i64,
}
