//! Stripe's decline codes.

use serde::{Deserialize, Serialize};

/// Why a card was declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeclineCode {
    GenericDecline,
    InsufficientFunds,
    LostCard,
    StolenCard,
    ExpiredCard,
    IncorrectCvc,
    ProcessingError,
    CardVelocityExceeded,
    Fraudulent,
    /// A card that is none of Stripe's test cards.
    TestModeLiveCard,
}

impl DeclineCode {
    /// `decline_code`: the reason of the issuer.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::GenericDecline => "generic_decline",
            Self::InsufficientFunds => "insufficient_funds",
            Self::LostCard => "lost_card",
            Self::StolenCard => "stolen_card",
            Self::ExpiredCard => "expired_card",
            Self::IncorrectCvc => "incorrect_cvc",
            Self::ProcessingError => "processing_error",
            Self::CardVelocityExceeded => "card_velocity_exceeded",
            Self::Fraudulent => "fraudulent",
            Self::TestModeLiveCard => "test_mode_live_card",
        }
    }

    /// `code`: the error code; errors a customer can correct have a specific one.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::ExpiredCard | Self::IncorrectCvc | Self::ProcessingError => self.as_str(),
            _ => "card_declined",
        }
    }

    /// `param`: the card field to be corrected.
    pub(crate) const fn param(self) -> Option<&'static str> {
        match self {
            Self::ExpiredCard => Some("exp_month"),
            Self::IncorrectCvc => Some("cvc"),
            _ => None,
        }
    }

    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::InsufficientFunds => "Your card has insufficient funds.",
            Self::ExpiredCard => "Your card has expired.",
            Self::IncorrectCvc => "Your card's security code is incorrect.",
            Self::ProcessingError => {
                "An error occurred while processing your card. Try again in a little bit."
            }
            Self::CardVelocityExceeded => {
                "Your card was declined for making repeated attempts too frequently or exceeding \
                 its amount limit."
            }
            Self::TestModeLiveCard => {
                "Your card was declined. Your request was in test mode, but used a non test card. \
                 For a list of valid test cards, visit: https://stripe.com/docs/testing."
            }
            Self::GenericDecline | Self::LostCard | Self::StolenCard | Self::Fraudulent => {
                "Your card was declined."
            }
        }
    }
}
