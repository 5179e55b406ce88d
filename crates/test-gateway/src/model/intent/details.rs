//! The fields of an intent that never change.

use serde::{Deserialize, Serialize};

use crate::model::{
    Amount, CaptureMethod, ClientSecret, Currency, IntentId, Metadata, Method, is_default,
};

/// The fields of an intent that never change, as requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IntentDetails {
    pub(crate) id: IntentId,
    pub(crate) amount_minor: Amount,
    pub(crate) currency: Currency,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) capture_method: CaptureMethod,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<Method>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub(crate) metadata: Metadata,
    pub(crate) created_unix_ms: i64,
    /// Absent from intents of ledgers that had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<ClientSecret>,
}
