//! Stripe's test payment methods and their outcomes.
//!
//! Tokens, codes and parameters come from Stripe's documentation on testing
//! (<https://docs.stripe.com/testing>) and on decline codes.

use serde::{Deserialize, Serialize};

use super::DeclineCode;

/// Outcome of confirming an intent with a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConfirmOutcome {
    Paid,
    Declined(DeclineCode),
    ActionRequired,
}

/// Defines the methods, each with its token and outcome.
macro_rules! methods {
    ($($variant:ident = $token:literal => $outcome:expr),+ $(,)?) => {
        /// A test payment method.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum Method { $(#[serde(rename = $token)] $variant),+ }

        impl Method {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];

            /// The method with this token, if it exists.
            pub(crate) fn parse(token: &str) -> Option<Self> {
                match token { $($token => Some(Self::$variant),)+ _ => None }
            }

            pub(crate) const fn token(self) -> &'static str {
                match self { $(Self::$variant => $token),+ }
            }

            pub(crate) const fn confirm_outcome(self) -> ConfirmOutcome {
                match self { $(Self::$variant => $outcome),+ }
            }
        }
    };
}

const fn declined(code: DeclineCode) -> ConfirmOutcome {
    ConfirmOutcome::Declined(code)
}

methods! {
    Visa = "pm_card_visa" => ConfirmOutcome::Paid,
    VisaDebit = "pm_card_visa_debit" => ConfirmOutcome::Paid,
    Mastercard = "pm_card_mastercard" => ConfirmOutcome::Paid,
    MastercardDebit = "pm_card_mastercard_debit" => ConfirmOutcome::Paid,
    Amex = "pm_card_amex" => ConfirmOutcome::Paid,
    Discover = "pm_card_discover" => ConfirmOutcome::Paid,
    Diners = "pm_card_diners" => ConfirmOutcome::Paid,
    Jcb = "pm_card_jcb" => ConfirmOutcome::Paid,
    Unionpay = "pm_card_unionpay" => ConfirmOutcome::Paid,
    Declined = "pm_card_chargeDeclined" => declined(DeclineCode::GenericDecline),
    VisaDeclined = "pm_card_visa_chargeDeclined" => declined(DeclineCode::GenericDecline),
    CustomerFail = "pm_card_chargeCustomerFail" => declined(DeclineCode::GenericDecline),
    InsufficientFunds = "pm_card_chargeDeclinedInsufficientFunds"
        => declined(DeclineCode::InsufficientFunds),
    VisaInsufficientFunds = "pm_card_visa_chargeDeclinedInsufficientFunds"
        => declined(DeclineCode::InsufficientFunds),
    LostCard = "pm_card_chargeDeclinedLostCard" => declined(DeclineCode::LostCard),
    VisaLostCard = "pm_card_visa_chargeDeclinedLostCard" => declined(DeclineCode::LostCard),
    StolenCard = "pm_card_chargeDeclinedStolenCard" => declined(DeclineCode::StolenCard),
    VisaStolenCard = "pm_card_visa_chargeDeclinedStolenCard" => declined(DeclineCode::StolenCard),
    ExpiredCard = "pm_card_chargeDeclinedExpiredCard" => declined(DeclineCode::ExpiredCard),
    IncorrectCvc = "pm_card_chargeDeclinedIncorrectCvc" => declined(DeclineCode::IncorrectCvc),
    ProcessingError = "pm_card_chargeDeclinedProcessingError"
        => declined(DeclineCode::ProcessingError),
    VisaVelocity = "pm_card_visa_chargeDeclinedVelocityLimitExceeded"
        => declined(DeclineCode::CardVelocityExceeded),
    Fraudulent = "pm_card_chargeDeclinedFraudulent" => declined(DeclineCode::Fraudulent),
    RadarBlock = "pm_card_radarBlock" => declined(DeclineCode::Fraudulent),
    AuthenticationRequired = "pm_card_authenticationRequired" => ConfirmOutcome::ActionRequired,
    AuthenticationRequiredOnSetup = "pm_card_authenticationRequiredOnSetup"
        => ConfirmOutcome::ActionRequired,
    ThreeDSecureRequired = "pm_card_threeDSecureRequired" => ConfirmOutcome::ActionRequired,
    ThreeDSecure2Required = "pm_card_threeDSecure2Required" => ConfirmOutcome::ActionRequired,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_identifies_one_method() {
        for &method in Method::ALL {
            assert_eq!(Method::parse(method.token()), Some(method));
            let written = serde_json::to_value(method).unwrap();
            assert_eq!(written, method.token());
        }
        assert_eq!(Method::parse("pm_card_none"), None);
    }
}
