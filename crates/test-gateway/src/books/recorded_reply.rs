//! What a request was answered.

use serde::{Deserialize, Serialize};

use crate::model::{IntentId, RefundId};
use crate::problem::Problem;

/// What is answered: an object as it stands after the changes, or an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Intent(IntentId),
    Refund(RefundId),
    Problem(Box<Problem>),
}
