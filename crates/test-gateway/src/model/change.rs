//! Changes of the ledger.

use serde::{Deserialize, Serialize};

use super::{
    Amount, CancelReason, Challenge, ChargeId, ConfirmationToken, DeclineCode, Dispute, DisputeId,
    IntentDetails, IntentId, Method, Refund, RefundId, TokenId,
};

/// A change of the ledger, as stored in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Change {
    Created(IntentDetails),
    Paid {
        intent: IntentId,
        charge: ChargeId,
        method: Method,
        at_unix_ms: i64,
    },
    Authorized {
        intent: IntentId,
        charge: ChargeId,
        method: Method,
        capture_before_unix_ms: i64,
        at_unix_ms: i64,
    },
    Captured {
        intent: IntentId,
        amount_minor: Amount,
        at_unix_ms: i64,
    },
    Declined {
        intent: IntentId,
        charge: ChargeId,
        method: Method,
        code: DeclineCode,
        at_unix_ms: i64,
    },
    ActionRequired {
        intent: IntentId,
        method: Method,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        challenge: Option<Challenge>,
    },
    AuthenticationFailed {
        intent: IntentId,
        method: Method,
        at_unix_ms: i64,
    },
    Canceled {
        intent: IntentId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<CancelReason>,
        at_unix_ms: i64,
    },
    Refunded(Refund),
    Disputed(Dispute),
    TokenCreated(ConfirmationToken),
    TokenUsed {
        token: TokenId,
        intent: IntentId,
    },
}

impl Change {
    /// The intent it changes.
    pub(crate) fn intent(&self) -> Option<IntentId> {
        Some(match self {
            Self::Created(details) => details.id,
            Self::Paid { intent, .. }
            | Self::Authorized { intent, .. }
            | Self::Captured { intent, .. }
            | Self::Declined { intent, .. }
            | Self::ActionRequired { intent, .. }
            | Self::AuthenticationFailed { intent, .. }
            | Self::Canceled { intent, .. } => *intent,
            Self::Refunded(refund) => refund.intent,
            Self::Disputed(dispute) => dispute.intent,
            Self::TokenCreated(_) | Self::TokenUsed { .. } => return None,
        })
    }

    /// The charge it makes.
    pub(crate) fn charge(&self) -> Option<ChargeId> {
        match self {
            Self::Paid { charge, .. }
            | Self::Authorized { charge, .. }
            | Self::Declined { charge, .. } => Some(*charge),
            _ => None,
        }
    }
}

/// The change is not applicable to the current state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IllegalChange {
    #[error("the intent {0} is unknown")]
    UnknownIntent(IntentId),
    #[error("the intent {0} exists already")]
    IntentExists(IntentId),
    #[error("the refund {0} is unknown")]
    UnknownRefund(RefundId),
    #[error("the confirmation token {0} is unknown, exists already or is used")]
    Token(TokenId),
    #[error("the dispute {0} is unknown or exists already")]
    Dispute(DisputeId),
    #[error("the refund exists already")]
    RefundExists,
    #[error("the state of the intent {0} does not allow it")]
    WrongState(IntentId),
    #[error("more than was authorised would be captured on the intent {0}")]
    OverCapture(IntentId),
    #[error("more than was captured would be refunded on the intent {0}")]
    OverRefund(IntentId),
}
