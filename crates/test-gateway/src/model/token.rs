//! Confirmation tokens: what a customer entered in the fields of a page, for one confirmation.

use serde::{Deserialize, Serialize};

use super::{Amount, CaptureMethod, Currency, Intent, IntentId, Method, TokenId, is_default};

/// How long a token can be used.
/// <https://docs.stripe.com/api/confirmation_tokens/object>
const LIFETIME_MS: i64 = 12 * 60 * 60 * 1_000;

/// A confirmation token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConfirmationToken {
    pub(crate) id: TokenId,
    pub(crate) method: Method,
    pub(crate) expiry: CardExpiry,
    /// Absent if the token was not made by fields of a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) elements: Option<ElementsSetup>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) return_url: Option<Box<str>>,
    pub(crate) created_unix_ms: i64,
    /// The intent that it confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) used_by: Option<IntentId>,
}

/// Month and year until whose end a card is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CardExpiry {
    pub(crate) month: u8,
    pub(crate) year: u16,
}

impl CardExpiry {
    /// Expiry of the cards behind Stripe's test tokens.
    pub(crate) const OF_TEST_TOKENS: Self = Self { month: 12, year: 2_034 };
}

/// What the page asked its fields for. An intent must ask for the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ElementsSetup {
    /// Only shown to customers; Stripe does not document that it must be the intent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) amount_minor: Option<Amount>,
    pub(crate) currency: Currency,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) capture_method: CaptureMethod,
    /// Empty if the page left them to Stripe.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) payment_method_types: Vec<Box<str>>,
}

/// Why a token cannot confirm an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenRefusal {
    AlreadyUsed,
    Expired,
    /// The value of a parameter differs from the one of the fields.
    Mismatch {
        param: &'static str,
        provided: String,
        expected: String,
    },
}

impl ConfirmationToken {
    pub(crate) fn expires_unix_ms(&self) -> i64 {
        self.created_unix_ms.saturating_add(LIFETIME_MS)
    }

    /// Checks that it can confirm an intent.
    pub(crate) fn check(&self, intent: &Intent, now_unix_ms: i64) -> Result<(), TokenRefusal> {
        if self.used_by.is_some() {
            return Err(TokenRefusal::AlreadyUsed);
        }
        if self.expires_unix_ms() <= now_unix_ms {
            return Err(TokenRefusal::Expired);
        }
        self.elements.as_ref().map_or(Ok(()), |elements| elements.check(intent))
    }
}

impl ElementsSetup {
    fn check(&self, intent: &Intent) -> Result<(), TokenRefusal> {
        let details = intent.details();
        let types = if self.payment_method_types.is_empty() {
            Intent::PAYMENT_METHOD_TYPES.join(", ")
        } else {
            self.payment_method_types.join(", ")
        };
        let compared = [
            ("currency", details.currency.as_str(), self.currency.as_str()),
            ("capture_method", details.capture_method.as_str(), self.capture_method.as_str()),
            ("payment_method_types", &Intent::PAYMENT_METHOD_TYPES.join(", "), &types),
        ];
        for (param, provided, expected) in compared {
            if provided != expected {
                let (provided, expected) = (provided.to_owned(), expected.to_owned());
                return Err(TokenRefusal::Mismatch { param, provided, expected });
            }
        }
        Ok(())
    }
}
