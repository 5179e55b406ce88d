//! Stripe's test payment methods and what each leads to.

use serde::{Deserialize, Serialize};

/// A test payment method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Method {
    #[serde(rename = "pm_card_visa")]
    Visa,
    #[serde(rename = "pm_card_mastercard")]
    Mastercard,
    #[serde(rename = "pm_card_chargeDeclined")]
    Declined,
    #[serde(rename = "pm_card_chargeDeclinedInsufficientFunds")]
    InsufficientFunds,
    #[serde(rename = "pm_card_authenticationRequired")]
    AuthenticationRequired,
}

/// Why a card was declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeclineCode {
    GenericDecline,
    InsufficientFunds,
}

/// What confirming with a method leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Paid,
    Declined(DeclineCode),
    ActionRequired,
}

impl Method {
    const ALL: [Self; 5] = [
        Self::Visa,
        Self::Mastercard,
        Self::Declined,
        Self::InsufficientFunds,
        Self::AuthenticationRequired,
    ];

    /// The method of this token, if there is one.
    pub(crate) fn parse(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.token() == token)
    }

    pub(crate) const fn token(self) -> &'static str {
        match self {
            Self::Visa => "pm_card_visa",
            Self::Mastercard => "pm_card_mastercard",
            Self::Declined => "pm_card_chargeDeclined",
            Self::InsufficientFunds => "pm_card_chargeDeclinedInsufficientFunds",
            Self::AuthenticationRequired => "pm_card_authenticationRequired",
        }
    }

    pub(crate) const fn verdict(self) -> Verdict {
        match self {
            Self::Visa | Self::Mastercard => Verdict::Paid,
            Self::Declined => Verdict::Declined(DeclineCode::GenericDecline),
            Self::InsufficientFunds => Verdict::Declined(DeclineCode::InsufficientFunds),
            Self::AuthenticationRequired => Verdict::ActionRequired,
        }
    }
}

impl DeclineCode {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::GenericDecline => "generic_decline",
            Self::InsufficientFunds => "insufficient_funds",
        }
    }

    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::GenericDecline => "Your card was declined.",
            Self::InsufficientFunds => "Your card has insufficient funds.",
        }
    }
}
