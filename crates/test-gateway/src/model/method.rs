//! Stripe's test payment methods and what each leads to.
//!
//! The tokens, codes and parameters are those of Stripe's page on testing
//! (<https://docs.stripe.com/testing>) and of its page on decline codes.

use serde::{Deserialize, Serialize};

use super::DeclineCode;

/// What confirming with a method leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Paid,
    Declined(DeclineCode),
    ActionRequired,
}

/// The methods, each with its token and what it leads to.
macro_rules! methods {
    ($($variant:ident = $token:literal => $verdict:expr),+ $(,)?) => {
        /// A test payment method.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum Method { $(#[serde(rename = $token)] $variant),+ }

        impl Method {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];

            /// The method of this token, if there is one.
            pub(crate) fn parse(token: &str) -> Option<Self> {
                match token { $($token => Some(Self::$variant),)+ _ => None }
            }

            pub(crate) const fn token(self) -> &'static str {
                match self { $(Self::$variant => $token),+ }
            }

            pub(crate) const fn verdict(self) -> Verdict {
                match self { $(Self::$variant => $verdict),+ }
            }
        }
    };
}

const fn declined(code: DeclineCode) -> Verdict {
    Verdict::Declined(code)
}

methods! {
    Visa = "pm_card_visa" => Verdict::Paid,
    VisaDebit = "pm_card_visa_debit" => Verdict::Paid,
    Mastercard = "pm_card_mastercard" => Verdict::Paid,
    MastercardDebit = "pm_card_mastercard_debit" => Verdict::Paid,
    Amex = "pm_card_amex" => Verdict::Paid,
    Discover = "pm_card_discover" => Verdict::Paid,
    Diners = "pm_card_diners" => Verdict::Paid,
    Jcb = "pm_card_jcb" => Verdict::Paid,
    Unionpay = "pm_card_unionpay" => Verdict::Paid,
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
    AuthenticationRequired = "pm_card_authenticationRequired" => Verdict::ActionRequired,
    AuthenticationRequiredOnSetup = "pm_card_authenticationRequiredOnSetup"
        => Verdict::ActionRequired,
    ThreeDSecureRequired = "pm_card_threeDSecureRequired" => Verdict::ActionRequired,
    ThreeDSecure2Required = "pm_card_threeDSecure2Required" => Verdict::ActionRequired,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_one_method() {
        for &method in Method::ALL {
            assert_eq!(Method::parse(method.token()), Some(method));
            let written = serde_json::to_value(method).unwrap();
            assert_eq!(written, method.token());
        }
        assert_eq!(Method::parse("pm_card_none"), None);
    }
}
