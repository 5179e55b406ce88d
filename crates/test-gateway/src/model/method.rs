//! Stripe's test payment methods and their outcomes.
//!
//! Tokens, card numbers, codes and parameters come from Stripe's documentation on testing
//! (<https://docs.stripe.com/testing>) and on decline codes.

use serde::{Deserialize, Serialize};

use super::{CardNumber, DeclineCode};

/// Outcome of confirming an intent with a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConfirmOutcome {
    Paid,
    Declined(DeclineCode),
    /// The customer must authenticate; then the charge is paid, or declined.
    ActionRequired {
        then: Option<DeclineCode>,
    },
}

/// Defines the methods, each with its token, card number and outcome.
macro_rules! methods {
    ($($variant:ident = $token:literal, $number:literal => $outcome:expr),+ $(,)?) => {
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

            pub(crate) const fn card_number(self) -> CardNumber {
                CardNumber(match self { $(Self::$variant => $number),+ })
            }

            /// The first method with this card number.
            pub(crate) fn of_card(digits: &str) -> Option<Self> {
                [$((Self::$variant, $number)),+]
                    .into_iter()
                    .find_map(|(method, number)| (number == digits).then_some(method))
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

const AUTHENTICATE: ConfirmOutcome = ConfirmOutcome::ActionRequired { then: None };

const fn authenticate_then_decline(code: DeclineCode) -> ConfirmOutcome {
    ConfirmOutcome::ActionRequired { then: Some(code) }
}

methods! {
    Visa = "pm_card_visa", "4242424242424242" => ConfirmOutcome::Paid,
    VisaDebit = "pm_card_visa_debit", "4000056655665556" => ConfirmOutcome::Paid,
    Mastercard = "pm_card_mastercard", "5555555555554444" => ConfirmOutcome::Paid,
    MastercardDebit = "pm_card_mastercard_debit", "5200828282828210" => ConfirmOutcome::Paid,
    Amex = "pm_card_amex", "378282246310005" => ConfirmOutcome::Paid,
    Discover = "pm_card_discover", "6011111111111117" => ConfirmOutcome::Paid,
    Diners = "pm_card_diners", "3056930009020004" => ConfirmOutcome::Paid,
    Jcb = "pm_card_jcb", "3566002020360505" => ConfirmOutcome::Paid,
    Unionpay = "pm_card_unionpay", "6200000000000005" => ConfirmOutcome::Paid,
    Declined = "pm_card_chargeDeclined", "4000000000000002"
        => declined(DeclineCode::GenericDecline),
    VisaDeclined = "pm_card_visa_chargeDeclined", "4000000000000002"
        => declined(DeclineCode::GenericDecline),
    CustomerFail = "pm_card_chargeCustomerFail", "4000000000000341"
        => declined(DeclineCode::GenericDecline),
    InsufficientFunds = "pm_card_chargeDeclinedInsufficientFunds", "4000000000009995"
        => declined(DeclineCode::InsufficientFunds),
    VisaInsufficientFunds = "pm_card_visa_chargeDeclinedInsufficientFunds", "4000000000009995"
        => declined(DeclineCode::InsufficientFunds),
    LostCard = "pm_card_chargeDeclinedLostCard", "4000000000009987"
        => declined(DeclineCode::LostCard),
    VisaLostCard = "pm_card_visa_chargeDeclinedLostCard", "4000000000009987"
        => declined(DeclineCode::LostCard),
    StolenCard = "pm_card_chargeDeclinedStolenCard", "4000000000009979"
        => declined(DeclineCode::StolenCard),
    VisaStolenCard = "pm_card_visa_chargeDeclinedStolenCard", "4000000000009979"
        => declined(DeclineCode::StolenCard),
    ExpiredCard = "pm_card_chargeDeclinedExpiredCard", "4000000000000069"
        => declined(DeclineCode::ExpiredCard),
    IncorrectCvc = "pm_card_chargeDeclinedIncorrectCvc", "4000000000000127"
        => declined(DeclineCode::IncorrectCvc),
    ProcessingError = "pm_card_chargeDeclinedProcessingError", "4000000000000119"
        => declined(DeclineCode::ProcessingError),
    VisaVelocity = "pm_card_visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975"
        => declined(DeclineCode::CardVelocityExceeded),
    Fraudulent = "pm_card_chargeDeclinedFraudulent", "4100000000000019"
        => declined(DeclineCode::Fraudulent),
    RadarBlock = "pm_card_radarBlock", "4100000000000019" => declined(DeclineCode::Fraudulent),
    AuthenticationRequired = "pm_card_authenticationRequired", "4000002760003184"
        => AUTHENTICATE,
    AuthenticationRequiredOnSetup = "pm_card_authenticationRequiredOnSetup", "4000002500003155"
        => AUTHENTICATE,
    ThreeDSecureRequired = "pm_card_threeDSecureRequired", "4000000000003063"
        => AUTHENTICATE,
    AuthenticationRequiredInsufficientFunds =
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "4000008260003178"
        => authenticate_then_decline(DeclineCode::InsufficientFunds),
    ThreeDSecureRequiredDeclined = "pm_card_threeDSecureRequiredChargeDeclined", "4000008400001629"
        => authenticate_then_decline(DeclineCode::GenericDecline),
    ThreeDSecure2Required = "pm_card_threeDSecure2Required", "4000000000003220"
        => AUTHENTICATE,
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
