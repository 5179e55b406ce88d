//! What an order is paid with.

use std::{fmt, str::FromStr};

use crate::{names::names, text::TextError};

/// Maximum length of the gateway's identifiers.
const MAX_ID: usize = 255;
/// The text of a payment in cash.
const CASH: &str = "cash";

/// What an order is paid with. Never a card number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PaymentMethod {
    /// A card that the gateway knows (`pm_…`).
    Card(CardId),
    /// A card whose fields were filled in at the gateway (`ctoken_…`). Serves one payment.
    Token(TokenId),
    /// Cash, paid on delivery or pickup.
    Cash,
}

names! {
    /// The kind of a payment method.
    MethodKind, UnknownMethodKind "is not a kind of payment method" {
        /// By card, through the gateway.
        Card "card",
        /// In cash.
        Cash "cash",
    }
}

names! {
    /// When the money of an order by card is captured.
    CapturePoint, UnknownCapturePoint "must be at_order or at_acceptance" {
        /// At once.
        AtOrder "at_order",
        /// Held at once, and captured when the restaurant accepts.
        AtAcceptance "at_acceptance",
    }
}

/// The gateway's identifier of a card (`pm_…`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CardId(String);

/// The gateway's identifier of a confirmation token (`ctoken_…`). Debug output leaves it out, so
/// that no log shows it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenId(String);

impl CardId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TokenId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenId(ctoken_…)")
    }
}

impl PaymentMethod {
    /// The text in requests and events.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Card(card) => card.as_str(),
            Self::Token(token) => token.as_str(),
            Self::Cash => CASH,
        }
    }

    /// The kind.
    pub const fn kind(&self) -> MethodKind {
        match self {
            Self::Card(_) | Self::Token(_) => MethodKind::Card,
            Self::Cash => MethodKind::Cash,
        }
    }
}

impl FromStr for PaymentMethod {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let is_id = |prefix| {
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let rest = text.strip_prefix(prefix);
            text.len() <= MAX_ID
                && rest.is_some_and(|rest: &str| !rest.is_empty() && rest.chars().all(is_allowed))
        };
        match text {
            CASH => Ok(Self::Cash),
            card if is_id("pm_") => Ok(Self::Card(CardId(card.to_owned()))),
            token if is_id("ctoken_") => Ok(Self::Token(TokenId(token.to_owned()))),
            _ => Err(TextError::PaymentMethod),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PaymentMethod, TextError> {
        text.parse()
    }

    #[test]
    fn each_kind_keeps_its_text() {
        for (text, kind) in [("pm_card_visa", "card"), ("ctoken_1Nn", "card"), ("cash", "cash")] {
            let method = parse(text).unwrap();
            assert_eq!((method.as_str(), method.kind().name()), (text, kind));
        }
        assert!(matches!(parse("pm_1"), Ok(PaymentMethod::Card(_))));
        assert!(matches!(parse("ctoken_1"), Ok(PaymentMethod::Token(_))));
    }

    #[test]
    fn a_card_number_is_no_payment_method() {
        let long = format!("ctoken_{}", "1".repeat(MAX_ID));
        for bad in ["4242424242424242", "pm_", "pm_a b", "tok_visa", "ctoken_", "Cash", "", &long] {
            assert_eq!(parse(bad), Err(TextError::PaymentMethod), "{bad}");
        }
    }

    #[test]
    fn a_token_is_in_no_log() {
        let shown = format!("{:?}", parse("ctoken_secret").unwrap());
        assert!(!shown.contains("secret"), "{shown}");
    }
}
