//! Enums with Stripe's names.

use serde::{Deserialize, Serialize};

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
    Automatic => "automatic",
}, "Reason of a cancellation.");

impl CancelReason {
    /// The reasons that a request may give; the last one is Stripe's own.
    pub(crate) const REQUESTABLE: &[&str] = match Self::ALLOWED.split_last() {
        Some((_, requestable)) => requestable,
        None => &[],
    };

    /// The reason of a request.
    pub(crate) fn parse_requested(text: &str) -> Option<Self> {
        Self::REQUESTABLE.contains(&text).then(|| Self::parse(text)).flatten()
    }
}

words!(CaptureMethod {
    Automatic => "automatic",
    AutomaticAsync => "automatic_async",
    Manual => "manual",
}, "When the money of a charge is captured: at once, or at a request.");

#[allow(clippy::derivable_impls, reason = "the macro derives the same for all")]
impl Default for CaptureMethod {
    fn default() -> Self {
        Self::Automatic
    }
}
