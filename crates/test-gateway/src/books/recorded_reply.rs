//! The reply to a request, as stored in the journal.

use serde::{Deserialize, Serialize};

use crate::{
    model::{DisputeId, IntentId, RefundId, TokenId},
    problem::Problem,
};

/// A reply: the id of an object, shown as it is after the changes, or an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecordedReply {
    Intent(IntentId),
    Refund(RefundId),
    Token(TokenId),
    Dispute(DisputeId),
    Problem(Box<Problem>),
}
