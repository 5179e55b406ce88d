//! Errors in Stripe's shape. They are serializable, since they are stored with idempotency
//! keys.

mod keys;
mod refused;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::{DeclineCode, IntentId};

/// An error response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) param: Option<Cow<'static, str>>,
    pub(crate) message: Cow<'static, str>,
    /// Decline code of the newest charge of the intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) decline: Option<DeclineCode>,
    /// The intent to be shown with the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) intent: Option<IntentId>,
}

/// The kind of error; it determines the HTTP status and Stripe's `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Invalid,
    Unauthorized,
    NotFound,
    TooLarge,
    Card,
    KeyReused,
    KeyInUse,
    Server,
}

impl Kind {
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::Invalid | Self::KeyReused => 400,
            Self::Unauthorized => 401,
            Self::Card => 402,
            Self::NotFound => 404,
            Self::KeyInUse => 409,
            Self::TooLarge => 413,
            Self::Server => 500,
        }
    }

    pub(crate) const fn stripe_type(self) -> &'static str {
        match self {
            Self::Invalid | Self::Unauthorized | Self::NotFound | Self::TooLarge => {
                "invalid_request_error"
            }
            Self::Card => "card_error",
            Self::KeyReused | Self::KeyInUse => "idempotency_error",
            Self::Server => "api_error",
        }
    }
}

impl Problem {
    pub(crate) fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self { kind, code: None, param: None, message, decline: None, intent: None }
    }

    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code.into());
        self
    }

    pub(crate) fn param(mut self, param: impl Into<Cow<'static, str>>) -> Self {
        self.param = Some(param.into());
        self
    }

    fn with_intent(mut self, intent: IntentId) -> Self {
        self.intent = Some(intent);
        self
    }

    /// The object does not exist. `what` is Stripe's type of object, such as `payment_intent`.
    pub(crate) fn no_such(kind: Kind, what: &'static str, id: &str) -> Self {
        let id: String = id.chars().take(100).collect();
        Self::new(kind, format!("No such {what}: '{id}'")).code("resource_missing")
    }

    /// An injected fault.
    pub(crate) fn injected() -> Self {
        Self::new(Kind::Server, "An unexpected error occurred. (A fault of the test gateway.)")
    }

    /// The ledger cannot be written.
    pub(crate) fn ledger_lost() -> Self {
        Self::new(Kind::Server, "The ledger of the test gateway cannot be written.")
    }

    /// Card details that are wrong.
    pub(crate) fn card(code: &'static str, message: &'static str, param: &'static str) -> Self {
        Self::new(Kind::Card, message).code(code).param(param)
    }

    pub(crate) fn declined(intent: IntentId, code: DeclineCode) -> Self {
        let problem = Self::new(Kind::Card, code.message()).code(code.code()).with_intent(intent);
        Self { decline: Some(code), param: code.param().map(Cow::Borrowed), ..problem }
    }
}
