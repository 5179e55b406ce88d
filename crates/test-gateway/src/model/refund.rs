//! Refunds, and the reasons of refunds and cancellations.

use serde::{Deserialize, Serialize};

use super::{Amount, ChargeId, Currency, IntentId, Metadata, RefundId};

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

/// Defines an enum with Stripe's names.
macro_rules! words {
    ($name:ident { $($variant:ident => $text:literal),+ $(,)? }, $what:literal) => {
        #[doc = $what]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum $name { $(#[serde(rename = $text)] $variant),+ }

        impl $name {
            pub(crate) const ALLOWED: &[&str] = &[$($text),+];

            pub(crate) fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }

            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

words!(RefundReason {
    Duplicate => "duplicate",
    Fraudulent => "fraudulent",
    RequestedByCustomer => "requested_by_customer",
}, "Reason of a refund.");

words!(CancelReason {
    Duplicate => "duplicate",
    Fraudulent => "fraudulent",
    RequestedByCustomer => "requested_by_customer",
    Abandoned => "abandoned",
}, "Reason of a cancellation.");
