//! Authentication of customers by their bank (3-D Secure).

use serde::{Deserialize, Serialize};

use super::{ChallengeId, Method};

/// A challenge that the customer must pass on a page of the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Challenge {
    pub(crate) id: ChallengeId,
    /// Address of the bank's page.
    pub(crate) url: Box<str>,
    /// Where that page leads back to. Without it, the script in the shop's page shows the bank's
    /// page and learns of its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) return_url: Option<Box<str>>,
}

/// An authentication that failed; no charge was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FailedAuthentication {
    pub(crate) method: Method,
    pub(crate) at_unix_ms: i64,
}
